import { open } from 'node:fs/promises';
import { isNotFound } from './files';

const chunkBytes = 256 * 1024;

/** A line of a file without its end. */
export interface FileLine {
  readonly text: string;
  /** Where it begins in the file, in bytes. */
  readonly offset: number;
  readonly bytes: number;
}

/** The whole lines of a file from an offset on, a piece of the file at a time; none where there is no file. */
export async function* wholeLines(file: string, from: number): AsyncGenerator<FileLine> {
  const handle = await openIfThere(file);
  if (handle === null) return;
  try {
    let offset = from;
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.alloc(chunkBytes);
      const { bytesRead } = await handle.read(chunk, 0, chunkBytes, offset + rest.length);
      if (bytesRead === 0) return;
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      let start = 0;
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10, start)) {
        const bytes = end - start;
        yield { text: rest.toString('utf8', start, end), offset: offset + start, bytes };
        start = end + 1;
      }
      offset += start;
      rest = rest.subarray(start);
    }
  } finally {
    await handle.close();
  }
}

async function openIfThere(file: string): Promise<Awaited<ReturnType<typeof open>> | null> {
  try {
    return await open(file);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
