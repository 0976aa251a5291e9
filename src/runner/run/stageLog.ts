import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { diskError } from '../store/files';

const maxLogBytes = 16 * 1024 * 1024;

/** A stage's log file. What is beyond 16 MiB is counted and said, not kept. */
export class StageLog {
  readonly #file: string;
  #stream: WriteStream | null = null;
  #failure: unknown = null;
  #bytes = 0;
  #dropped = 0;

  constructor(file: string) {
    this.#file = file;
  }

  async open(): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    this.#stream = createWriteStream(this.#file, { flags: 'a' });
    // The error is told by close(); without a listener it would end the process.
    this.#stream.on('error', (error) => {
      this.#failure = error;
    });
  }

  write(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.#bytes + bytes > maxLogBytes) {
      this.#dropped += bytes;
      return;
    }
    this.#bytes += bytes;
    this.#stream?.write(text);
  }

  /** Everything that was written is in the file when it resolves. */
  async close(): Promise<void> {
    if (this.#stream === null) return;
    if (this.#dropped > 0)
      this.#stream.write(`\n[${String(this.#dropped)} bytes more were printed and not kept]\n`);
    this.#stream.end();
    await finished(this.#stream).catch((error: unknown) => {
      this.#failure ??= error;
    });
    if (this.#failure !== null) throw diskError(this.#failure, this.#file);
  }
}
