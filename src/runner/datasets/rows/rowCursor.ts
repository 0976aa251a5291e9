import type { ParquetFile } from './parquetFile';

/**
 * Row after row of a Parquet file that has no index of its pages: going on is cheap, going back reads from the beginning.
 * Calls wait for each other.
 */
export class RowCursor {
  readonly #file: ParquetFile;
  readonly #columns: readonly string[] | undefined;
  #stream: AsyncGenerator<readonly unknown[]> | null = null;
  /** Rows of the batch that is held, and the row (from 0) of the first of them. */
  #batch: readonly unknown[] = [];
  #start = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: ParquetFile, columns: readonly string[] | undefined) {
    this.#file = file;
    this.#columns = columns;
  }

  /** The row with this number (from 0); undefined where the file has none. */
  read(row: number): Promise<unknown> {
    const found = this.#last.then(() => this.#read(row));
    // A failed read is told to its caller; it must not keep the next one from being tried.
    this.#last = found.catch(() => undefined);
    return found;
  }

  async #read(row: number): Promise<unknown> {
    if (this.#stream === null || row < this.#start) this.#rewind();
    while (row >= this.#start + this.#batch.length) {
      const next = await this.#next();
      if (next === null) return undefined;
      this.#start += this.#batch.length;
      this.#batch = next;
    }
    return this.#batch[row - this.#start];
  }

  async #next(): Promise<readonly unknown[] | null> {
    try {
      const next = await this.#stream?.next();
      return next === undefined || next.done === true ? null : next.value;
    } catch (error) {
      this.#stream = null;
      throw error;
    }
  }

  #rewind(): void {
    // The cursor outlives the call that made it, so no call's signal ends its stream.
    const { signal } = new AbortController();
    this.#stream = this.#file.stream({ signal, columns: this.#columns });
    this.#batch = [];
    this.#start = 0;
  }
}
