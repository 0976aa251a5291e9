import type { ReadStream } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import writeFileAtomic from 'write-file-atomic';
import type * as z from 'zod';
import { RunnerError } from '../model';

/** Writes a file whole or not at all: to a temporary name beside it, synced, then renamed. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await makeFolder(path.dirname(file));
    const data = typeof content === 'string' ? content : Buffer.from(content);
    await withFileHandle(() => writeFileAtomic(file, data));
  } catch (error) {
    throw diskError(error, file);
  }
}

export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeWhole(file, jsonText(value));
}

/** A value as it stands in a file of its own. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A file's text, or null when there is none. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await withFileHandle(() => readFile(file, 'utf8'));
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** @throws `invalid-config` when the file is missing or does not have the schema's shape */
export async function readJson<T extends z.ZodType>(file: string, schema: T): Promise<z.output<T>> {
  const text = await readIfThere(file);
  if (text === null) throw new RunnerError('not-found', `There is no ${file}.`);
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new RunnerError('invalid-config', `${file} does not have the shape that it must have.`, {
      cause: error,
    });
  }
}

/**
 * A file as a stream that is open already: one that cannot be opened rejects here, and needs nobody who listens for its
 * error. To be destroyed by whoever opened it.
 */
export async function openToRead(file: string): Promise<ReadStream> {
  try {
    return (await withFileHandle(() => open(file))).createReadStream();
  } catch (error) {
    throw diskError(error, file);
  }
}

export type FileHandle = Awaited<ReturnType<typeof open>>;

/** Where a line is in its file. */
export interface LinePlace {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * A file of JSON lines that only grows. Lines are written in the order of the calls, each whole; a process that dies
 * leaves at most one torn line at the end, which the next `open` starts a new line after and every reader skips. A line
 * whose write failed is taken back; where that fails as well, nothing more is written: whether the line is in the file is
 * for the next process to see.
 */
export class JsonLinesWriter {
  readonly #file: string;
  #handle: FileHandle | null = null;
  #last: Promise<unknown> = Promise.resolve();
  readonly #before: () => Promise<void>;
  #size = 0;
  #isEntryKept = true;
  #broken: { readonly by: unknown } | null = null;

  /** `before` is waited for before each line is written; what it rejects with keeps the line from being written. */
  constructor(file: string, before: () => Promise<void> = () => Promise.resolve()) {
    this.#file = file;
    this.#before = before;
  }

  /**
   * Resolves when the line is with the operating system, or on the disk when `sync` is set, with its place in the file:
   * byte offset and length, the line's end not counted.
   */
  append(value: unknown, { sync = false }: { readonly sync?: boolean } = {}): Promise<LinePlace> {
    const written = this.#last.then(() => this.#write(`${JSON.stringify(value)}\n`, sync));
    // A failed write is told to its caller; it must not keep the next one from being tried.
    this.#last = written.catch(() => undefined);
    return written;
  }

  /** Every further line is refused: nobody knows how the file ends. */
  get isBroken(): boolean {
    return this.#broken !== null;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#handle?.close();
    this.#handle = null;
  }

  async #write(line: string, sync: boolean): Promise<LinePlace> {
    await this.#before();
    if (this.#broken !== null) throw this.#broken.by;
    let before = this.#size;
    try {
      this.#handle ??= await this.#open();
      const bytes = Buffer.from(line);
      const offset = this.#size;
      before = offset;
      // A full disk may take a part; `appendFile` does the same with twice the work.
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.#handle.write(bytes, done);
        done += bytesWritten;
        this.#size += bytesWritten;
      }
      if (sync) await Promise.all([this.#handle.datasync(), this.#keepEntry()]);
      return { offset, bytes: bytes.length - 1 };
    } catch (error) {
      const told = diskError(error, this.#file);
      if (!(await this.#takeBack(before))) this.#broken = { by: told };
      throw told;
    }
  }

  /** Without its folder's entry a file is lost with the power, however often it was synced itself; so is its folder. */
  async #keepEntry(): Promise<void> {
    if (this.#isEntryKept) return;
    this.#isEntryKept = true;
    const folder = path.dirname(this.#file);
    await Promise.all([syncFolder(folder), syncFolder(path.dirname(folder))]);
  }

  /** Removes what was written of a line: the next one must not begin in the middle of it. Tells whether it is gone. */
  async #takeBack(size: number): Promise<boolean> {
    if (this.#handle === null || this.#size === size) return true;
    try {
      await this.#handle.truncate(size);
      this.#size = size;
      return true;
    } catch {
      return false;
    }
  }

  async #open(): Promise<FileHandle> {
    const handle = await openFile(this.#file, 'a+');
    try {
      this.#size = (await handle.stat()).size;
      if (this.#size === 0) this.#isEntryKept = false;
      else {
        const last = Buffer.alloc(1);
        await handle.read(last, 0, 1, this.#size - 1);
        if (last.toString() !== '\n') {
          await handle.appendFile('\n');
          this.#size = (await handle.stat()).size;
        }
      }
      return handle;
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw error;
    }
  }
}

/** The values of a JSON lines file that have the schema's shape; torn and strange lines are left out. */
export function parseJsonLines<T extends z.ZodType>(
  text: string,
  schema: T,
): readonly z.output<T>[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    try {
      const parsed = schema.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return []; // a line that was being written when the process died
    }
  });
}

export function isNotFound(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR')
  );
}

/** Makes a folder with those above it. */
export async function makeFolder(folder: string): Promise<void> {
  await withFileHandle(() => mkdir(folder, { recursive: true }));
}

/** Opens a file to write to it. Its folder is looked after only where it is not there: that is the first file in it. */
export async function openFile(file: string, flags: 'a' | 'a+' | 'wx'): Promise<FileHandle> {
  try {
    return await withFileHandle(() => open(file, flags));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  await makeFolder(path.dirname(file));
  return await withFileHandle(() => open(file, flags));
}

/** Has what was made in a folder written to the disk, where the platform can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await withFileHandle(() => open(folder));
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows opens no folders, and some network file systems sync none.
  }
}

/** How long a process may be out of file handles before that is its failure: others are given back all the time. */
const handlePatienceMs = 10_000;

/** Does what needs a file handle. When this process or the machine has none left, it waits for one. */
export async function withFileHandle<T>(work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    try {
      return await work();
    } catch (error) {
      if (!isOutOfHandles(error) || performance.now() - started > handlePatienceMs) throw error;
      await delay(pauseMs);
    }
  }
}

export function isOutOfHandles(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'EMFILE' || error.code === 'ENFILE')
  );
}

/** A full disk, and a process that may open no more files, under codes of their own; every other error as it is. */
export function diskError(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (isOutOfHandles(error))
    return new RunnerError(
      'too-many-files',
      `${file} cannot be opened: too many files are open already. Raise the limit (ulimit -n) or run fewer trials at the same time, then resume the run.`,
      { cause: error, retryable: true },
    );
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new RunnerError(
    'disk-full',
    `There is no room left for ${file}. Free some space, then resume the run.`,
    {
      cause: error,
    },
  );
}
