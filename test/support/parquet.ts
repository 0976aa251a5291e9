import { parquetWriteBuffer } from 'hyparquet-writer';

/** A Parquet file of rows; texts, numbers and lists of texts are columns of their kind. */
export function parquetOf(
  rows: readonly Readonly<Record<string, unknown>>[],
  options: { readonly rowGroupSize?: number } = {},
): ArrayBuffer {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return parquetWriteBuffer({
    columnData: names.map((name) => ({ name, data: rows.map((row) => row[name] ?? null) })),
    ...options,
  });
}
