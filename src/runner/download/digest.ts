import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What a file's content must be: a hash of it, or git's own. */
export interface Digest {
  readonly algorithm: 'sha256' | 'md5' | 'git-sha1';
  readonly hex: string;
}

const chunkBytes = 1_000_000;

/** Whether a file has the content that it must have. */
export async function hasDigest(
  file: string,
  { algorithm, hex }: Digest,
  { signal }: { readonly signal: AbortSignal },
): Promise<boolean> {
  const hash = createHash(algorithm === 'git-sha1' ? 'sha1' : algorithm);
  // Git hashes a file with a header before it.
  if (algorithm === 'git-sha1') hash.update(`blob ${String((await stat(file)).size)}\0`);
  for await (const chunk of createReadStream(file, { signal, highWaterMark: chunkBytes }))
    hash.update(chunk as Buffer); // a stream without an encoding yields Buffers
  return hash.digest('hex') === hex;
}
