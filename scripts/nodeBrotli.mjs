// Takes the place of the Brotli of hyparquet-compressors in bundles.
import { brotliDecompressSync } from 'node:zlib';

export const decompressBrotli = (input, outputLength) =>
  new Uint8Array(brotliDecompressSync(input, { maxOutputLength: outputLength }));
