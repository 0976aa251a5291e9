import { open, stat } from 'node:fs/promises';
import type { AsyncBuffer } from 'hyparquet';

/** A file as ranges of bytes are read from it. It is open only while one is read. */
export async function fileBuffer(file: string): Promise<AsyncBuffer> {
  const { size } = await stat(file);
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      await using handle = await open(file);
      const bytes = new Uint8Array(Math.max(0, end - start));
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
        if (bytesRead === 0) throw new Error(`it ends before byte ${String(end)}`);
        done += bytesRead;
      }
      return bytes.buffer;
    },
  };
}
