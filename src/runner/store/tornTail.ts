import { open } from 'node:fs/promises';
import { diskError, isNotFound, withFileHandle } from './files';

const chunkBytes = 64 * 1024;

/**
 * Ends a file of JSON lines with a whole line: what a process that died, or a machine that lost its power, left behind the
 * last one (half a line, zeros) is cut off. A line that lacks only its end gets it.
 *
 * @returns how many bytes were cut off; 0 also where there is no file
 */
export async function cutTornTail(file: string): Promise<number> {
  try {
    await using handle = await withFileHandle(() => open(file, 'r+'));
    const { size } = await handle.stat();
    let tail: Buffer = Buffer.alloc(0);
    let start = size;
    while (start > 0 && !tail.includes(10)) {
      const from = Math.max(0, start - chunkBytes);
      const chunk = Buffer.alloc(start - from);
      await handle.read(chunk, 0, chunk.length, from);
      tail = Buffer.concat([chunk, tail]);
      start = from;
    }
    const lineEnd = tail.lastIndexOf(10);
    const torn = tail.subarray(lineEnd + 1);
    if (torn.length === 0) return 0;
    if (isWhole(torn.toString('utf8'))) {
      await handle.write('\n', size);
      return 0;
    }
    await handle.truncate(size - torn.length);
    await handle.sync();
    return torn.length;
  } catch (error) {
    if (isNotFound(error)) return 0;
    throw diskError(error, file);
  }
}

function isWhole(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
