import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type * as z from 'zod';
import { RunnerError } from '../model';

/** Writes a file whole or not at all: to a temporary name beside it, synced, then renamed. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFileAtomic(file, typeof content === 'string' ? content : Buffer.from(content));
  } catch (error) {
    throw diskError(error, file);
  }
}

export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** A file's text, or null when there is none. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
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

/** Where a line is in its file. */
export interface LinePlace {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * A file of JSON lines that only grows. Lines are written in the order of the calls, each whole; a process that dies
 * leaves at most one torn line at the end, which the next `open` starts a new line after and every reader skips.
 */
export class JsonLinesWriter {
  readonly #file: string;
  #handle: Awaited<ReturnType<typeof open>> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #size = 0;

  constructor(file: string) {
    this.#file = file;
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

  async close(): Promise<void> {
    await this.#last;
    await this.#handle?.close();
    this.#handle = null;
  }

  async #write(line: string, sync: boolean): Promise<LinePlace> {
    try {
      this.#handle ??= await this.#open();
      const bytes = Buffer.from(line);
      const offset = this.#size;
      // A full disk may take a part; `appendFile` does the same with twice the work.
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.#handle.write(bytes, done);
        done += bytesWritten;
        this.#size += bytesWritten;
      }
      if (sync) await this.#handle.datasync();
      return { offset, bytes: bytes.length - 1 };
    } catch (error) {
      throw diskError(error, this.#file);
    }
  }

  async #open(): Promise<Awaited<ReturnType<typeof open>>> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    const handle = await open(this.#file, 'a+');
    const { size } = await handle.stat();
    if (size > 0) {
      const last = Buffer.alloc(1);
      await handle.read(last, 0, 1, size - 1);
      if (last.toString() !== '\n') await handle.appendFile('\n');
    }
    this.#size = (await handle.stat()).size;
    return handle;
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

/** A full disk under its own code, since it stops the run; every other error as it is. */
export function diskError(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new RunnerError(
    'disk-full',
    `There is no room left for ${file}. Free some space, then resume the run.`,
    {
      cause: error,
    },
  );
}
