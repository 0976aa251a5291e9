import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { SchemaElement } from 'hyparquet';
import { diskError } from '../../store/files';

/** A column of a file that is written: its schema, and what it holds of a row. */
export interface SinkColumn {
  readonly name: string;
  /** The column, and what it consists of. */
  readonly schema: readonly SchemaElement[];
  readonly valueOf: (row: Readonly<Record<string, unknown>>) => unknown;
}

export interface SinkOptions {
  readonly columns: readonly SinkColumn[];
  /** Texts that the file carries with it: what its class labels mean. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface WrittenFile {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** A row group is written when about so many bytes of texts have come: what a reader holds in memory of it. */
const groupBytes = 16 << 20;
const pageBytes = 1 << 20;

/** Writes a Parquet file row by row; no more than one row group is in memory. */
export class ParquetSink implements AsyncDisposable {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #options: SinkOptions;
  readonly #writer: Writer;
  readonly #hash = createHash('sha256');
  #rows: Readonly<Record<string, unknown>>[] = [];
  #pending = 0;
  #written = 0;
  #bytes = 0;

  private constructor(
    file: string,
    handle: FileHandle,
    { options, makeWriter }: { readonly options: SinkOptions; readonly makeWriter: MakeWriter },
  ) {
    this.#file = file;
    this.#handle = handle;
    this.#options = options;
    this.#writer = makeWriter((bytes) => this.#append(bytes));
  }

  static async create(file: string, options: SinkOptions): Promise<ParquetSink> {
    const makeWriter = await writerOf(options);
    return new ParquetSink(file, await open(file, 'wx'), { options, makeWriter });
  }

  async add(row: Readonly<Record<string, unknown>>): Promise<void> {
    this.#rows.push(row);
    this.#pending += textSize(row);
    if (this.#pending >= groupBytes) await this.#writeGroup();
  }

  /** Writes what is left, and the footer. */
  async finish(): Promise<WrittenFile> {
    if (this.#rows.length > 0) await this.#writeGroup();
    await this.#writer.finish();
    await this.#handle.sync();
    return { rows: this.#written, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  async #writeGroup(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    this.#pending = 0;
    const columnData = this.#options.columns.map(({ name, valueOf }) => ({
      name,
      data: rows.map(valueOf),
    }));
    await this.#writer.write({ columnData, rowGroupSize: rows.length, pageSize: pageBytes });
    this.#written += rows.length;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    try {
      await this.#handle.appendFile(bytes);
    } catch (error) {
      throw diskError(error, this.#file);
    }
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }
}

/** hyparquet-writer's writer of row groups, as far as it is used. */
interface Writer {
  write(group: {
    columnData: { name: string; data: unknown[] }[];
    rowGroupSize: number;
    pageSize: number;
  }): void | Promise<void>;
  finish(): void | Promise<void>;
}
type MakeWriter = (append: (bytes: Uint8Array) => Promise<void>) => Writer;

async function writerOf({ columns, metadata }: SinkOptions): Promise<MakeWriter> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const root: SchemaElement = { name: 'root', num_children: columns.length };
  const schema = [root, ...columns.flatMap((column) => column.schema)];
  const kvMetadata = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  return (append) => {
    const bytes = new ByteWriter();
    const flush = async (): Promise<void> => {
      await append(bytes.getBytes());
      bytes.index = 0;
    };
    const writer = Object.assign(bytes, { flush, finish: flush });
    return new ParquetWriter({ writer, schema, statistics: false, kvMetadata });
  };
}

/** Characters of all texts in a value: what makes a row large. */
function textSize(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 8;
  for (const part of Object.values(value)) size += textSize(part);
  return size;
}
