import { open } from 'node:fs/promises';
import type { RunEvent } from '../model';
import { runEventSchema } from '../model';
import { isNotFound, parseJsonLines } from './files';

/** Files that are read at a time: reading is waiting, above all on a network file system. */
const width = 16;

/** Event files that other processes write, read piece by piece as they grow. */
export class EventFiles {
  /** Of every file that was read: the bytes up to the end of its last whole line. */
  readonly #offsets = new Map<string, number>();

  /**
   * Events that were added to a file since it was read last. An unfinished line is read again the next time: half of one
   * says nothing yet, and a whole one that lacks only its end is folded once, as its number tells.
   */
  async added(file: string): Promise<readonly RunEvent[]> {
    const offset = this.#offsets.get(file) ?? 0;
    const bytes = await readFrom(file, offset);
    this.#offsets.set(file, offset + bytes.lastIndexOf('\n') + 1);
    return parseJsonLines(bytes.toString('utf8'), runEventSchema);
  }

  /** What stands before this place in a file is known already. */
  goOnFrom(file: string, offset: number): void {
    this.#offsets.set(file, offset);
  }

  /** As `added` for many files, some at a time; `take` gets those of one file after the other, in no certain order. */
  async addedToEach(
    files: Iterable<string>,
    take: (events: readonly RunEvent[]) => void,
  ): Promise<void> {
    const left = files[Symbol.iterator]();
    const work = async (): Promise<void> => {
      for (let next = left.next(); next.done !== true; next = left.next())
        take(await this.added(next.value));
    };
    await Promise.all(Array.from({ length: width }, work));
  }
}

async function readFrom(file: string, offset: number): Promise<Buffer> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size <= offset) return Buffer.alloc(0);
      const bytes = Buffer.alloc(size - offset);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isNotFound(error)) return Buffer.alloc(0);
    throw error;
  }
}
