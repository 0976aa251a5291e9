import { openParquet } from './parquetFile';
import type { DataRow } from './row';

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
  const opened = await openParquet(file);
  let start = 0;
  for (const rowCount of opened.groups) {
    signal.throwIfAborted();
    const end = start + rowCount;
    const rows = await opened.read({ start, end, columns });
    for (const [index, value] of rows.entries()) yield { number: start + index + 1, value };
    start = end;
  }
}
