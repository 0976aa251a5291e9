import { openParquet } from './parquetFile';
import type { DataRow } from './row';

export interface ParquetOptions {
  readonly signal: AbortSignal;
  /** Only these columns, as far as the file has them; all others are not even read. Default: all. */
  readonly columns?: readonly string[];
}

/** The rows of a Parquet file as JSON would hold them; few are in memory at a time. */
export async function* readParquetRows(
  file: string,
  options: ParquetOptions,
): AsyncGenerator<DataRow> {
  const opened = await openParquet(file);
  let number = 0;
  for await (const rows of opened.stream(options))
    for (const value of rows) {
      number += 1;
      yield { number, value };
    }
}
