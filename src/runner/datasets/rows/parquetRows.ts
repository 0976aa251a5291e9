import type { DataRow } from './row';
import { DataFileError } from './row';

export interface ParquetOptions {
  readonly signal: AbortSignal;
  /** Only these columns, as far as the file has them; all others are not even read. Default: all. */
  readonly columns?: readonly string[];
}

/** The rows of a Parquet file as JSON would hold them, one row group in memory at a time. */
export async function* readParquetRows(
  file: string,
  { signal, columns }: ParquetOptions,
): AsyncGenerator<DataRow> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } =
    await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const buffer = await asyncBufferFromFile(file);
  const metadata = await parquetMetadataAsync(buffer).catch((error: unknown) => {
    throw new DataFileError(0, `this is not a Parquet file: ${messageOf(error)}`);
  });
  const there = parquetSchema(metadata).children.map(({ element }) => element.name);
  const chosen = there.filter((name) => columns?.includes(name) ?? true);
  let start = 0;
  for (const { num_rows: rowCount } of metadata.row_groups) {
    signal.throwIfAborted();
    const end = start + Number(rowCount);
    const rows = await parquetReadObjects({
      file: buffer,
      metadata,
      columns: chosen,
      compressors,
      rowStart: start,
      rowEnd: end,
    }).catch((error: unknown) => {
      throw new DataFileError(start + 1, `the Parquet file is damaged: ${messageOf(error)}`);
    });
    for (const [index, row] of rows.entries())
      yield { number: start + index + 1, value: plain(row) };
    start = end;
  }
}

/** Values as JSON has them: no bigint, date, bytes or typed array; no key without a value. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (ArrayBuffer.isView(value)) return plainList(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) =>
      part === undefined ? [] : [[key, plain(part)]],
    ),
  );
}

function plainList(view: ArrayBufferView): unknown {
  return Symbol.iterator in view
    ? Array.from(view as ArrayBufferView & Iterable<unknown>, plain)
    : null; // typed arrays iterate over their values
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
