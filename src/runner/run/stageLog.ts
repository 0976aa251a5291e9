import type { FileHandle } from '../store/files';
import { diskError, openFile } from '../store/files';

const maxLogBytes = 16 * 1024 * 1024;

/** A stage's log file. What is beyond 16 MiB is counted and said, not kept. */
export class StageLog {
  readonly #file: string;
  #opening: Promise<void> | null = null;
  #handle: FileHandle | null = null;
  #failure: unknown = null;
  #bytes = 0;
  #dropped = 0;
  /** What is not yet with the operating system; it goes there in one piece as soon as what went before is. */
  #waiting: string[] = [];
  #writing: Promise<void> | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  open(): Promise<void> {
    return (this.#opening ??= this.#open());
  }

  /** What it fails with is told by `close`. */
  write(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.#bytes + bytes > maxLogBytes) {
      this.#dropped += bytes;
      return;
    }
    this.#bytes += bytes;
    this.#append(text);
  }

  /** Everything that was written is in the file when it resolves. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined); // told by `open`
    const handle = this.#handle;
    if (handle === null) return;
    if (this.#dropped > 0)
      this.#append(`\n[${String(this.#dropped)} bytes more were printed and not kept]\n`);
    await this.#writing;
    this.#handle = null;
    await handle.close().catch((error: unknown) => {
      this.#failure ??= error;
    });
    if (this.#failure !== null) throw diskError(this.#failure, this.#file);
  }

  async #open(): Promise<void> {
    try {
      this.#handle = await openFile(this.#file, 'a');
    } catch (error) {
      throw diskError(error, this.#file);
    }
  }

  #append(text: string): void {
    if (this.#handle === null || this.#failure !== null || text === '') return;
    this.#waiting.push(text);
    this.#writing ??= this.#drain(this.#handle);
  }

  async #drain(handle: FileHandle): Promise<void> {
    try {
      while (this.#waiting.length > 0) await handle.appendFile(this.#waiting.splice(0).join(''));
    } catch (error) {
      this.#failure = error;
      this.#waiting = [];
    } finally {
      this.#writing = null;
    }
  }
}
