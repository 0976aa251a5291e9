import { stat } from 'node:fs/promises';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import type { ContestLabels } from '../../model';
import { labelsFromFeatures } from './classLabels';
import { selectColumns } from './parquetColumns';
import { DataFileError } from './row';

/** A Parquet file whose footer was read. Nothing is held open between reads. */
export interface ParquetFile {
  readonly rows: number;
  /** Rows of each row group, in their order. */
  readonly groups: readonly number[];
  /** Names of the columns. */
  readonly columns: readonly string[];
  /** The names of class labels, as the file itself says them; null: it does not. */
  readonly labels: ContestLabels | null;
  /** The rows from `start` up to `end` (from 0), as JSON would hold them. */
  read(range: ParquetRange): Promise<readonly unknown[]>;
}

export interface ParquetRange {
  readonly start: number;
  readonly end: number;
  /** Only these columns (`solutions.language`: only this part of one), as far as they are there. Default: all. */
  readonly columns?: readonly string[] | undefined;
}

/** @throws DataFileError when it is no Parquet file, and from `read` when it is damaged */
export async function openParquet(file: string): Promise<ParquetFile> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  await stat(file);
  const buffer = await asyncBufferFromFile(file);
  const metadata = await parquetMetadataAsync(buffer).catch((error: unknown) => {
    throw new DataFileError(0, `this is not a Parquet file: ${messageOf(error)}`);
  });
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  const features = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  return {
    rows: Number(metadata.num_rows),
    groups: metadata.row_groups.map(({ num_rows: rows }) => Number(rows)),
    columns,
    labels: features === undefined ? null : labelsFromFeatures(features),
    read: (range) => readRange({ buffer, metadata }, range),
  };
}

async function readRange(
  { buffer, metadata }: { readonly buffer: AsyncBuffer; readonly metadata: FileMetaData },
  { start, end, columns }: ParquetRange,
): Promise<readonly unknown[]> {
  const { parquetReadObjects } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const rows = await parquetReadObjects({
    file: buffer,
    metadata: columns === undefined ? metadata : selectColumns(metadata, columns),
    compressors,
    useOffsetIndex: true,
    rowStart: start,
    rowEnd: end,
  }).catch((error: unknown) => {
    throw new DataFileError(start + 1, `the Parquet file is damaged: ${messageOf(error)}`);
  });
  return rows.map(plain);
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
