import { open } from 'node:fs/promises';

/** A worker's log is told from its end. */
const tailBytes = 2000;

/** The end of a file as text; null when there is no file. */
export async function tailOf(file: string): Promise<string | null> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      const start = Math.max(0, size - tailBytes);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, null, start);
      return buffer.toString('utf8', 0, bytesRead).trim();
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}
