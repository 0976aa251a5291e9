import type { AsyncBuffer, FileMetaData, RowGroup } from 'hyparquet';
import type { ContestLabels } from '../../model';
import { labelsFromFeatures } from './classLabels';
import { fileBuffer } from './fileBuffer';
import { fieldPath, selectColumns } from './parquetColumns';
import { selectedBytes, streamRowGroup } from './parquetStream';
import { plainValue } from './plainValue';
import { DataFileError } from './row';

/** A Parquet file whose footer was read. Nothing is held open between reads. */
export interface ParquetFile {
  readonly rows: number;
  /** Names of the columns. */
  readonly columns: readonly string[];
  /** The names of class labels, as the file itself says them; null: it does not. */
  readonly labels: ContestLabels | null;
  /** Columns, and parts of columns (`solutions.language`), that hold whole numbers. */
  readonly integers: ReadonlySet<string>;
  /** The rows from `start` up to `end` (from 0), as JSON would hold them. */
  read(range: ParquetRange): Promise<readonly unknown[]>;
  /** All rows in their order, in batches that are held in memory at a time, whatever the size of the row groups. */
  stream(options: StreamOptions): AsyncGenerator<readonly unknown[]>;
  /** Whether one row can be read without reading many others: by an index of pages, or in a small row group. */
  isQuick(columns: readonly string[] | undefined): boolean;
}

interface Opened {
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
}

export interface StreamOptions {
  readonly signal: AbortSignal;
  readonly columns?: readonly string[] | undefined;
}

/** Row groups up to this size are read at once. */
const smallGroupBytes = 16 << 20;

export interface ParquetRange {
  readonly start: number;
  readonly end: number;
  /** Only these columns (`solutions.language`: only this part of one), as far as they are there. Default: all. */
  readonly columns?: readonly string[] | undefined;
}

/** @throws DataFileError when it is no Parquet file, and from reading when it is damaged */
export async function openParquet(file: string): Promise<ParquetFile> {
  const { parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  const buffer = await fileBuffer(file);
  const metadata = await parquetMetadataAsync(buffer).catch((error: unknown) => {
    throw new DataFileError(
      0,
      `this is not a Parquet file, or not all of one (${messageOf(error)}); download or make it anew`,
    );
  });
  const features = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  const opened = { buffer, metadata };
  return {
    rows: Number(metadata.num_rows),
    columns: parquetSchema(metadata).children.map(({ element }) => element.name),
    integers: integerColumns(metadata),
    labels: features === undefined ? null : labelsFromFeatures(features),
    read: (range) => readRange(opened, range),
    stream: (options) => streamRows(opened, options),
    isQuick: (columns) => selected(metadata, columns).row_groups.every(isQuickGroup),
  };
}

function selected(metadata: FileMetaData, columns: readonly string[] | undefined): FileMetaData {
  return columns === undefined ? metadata : selectColumns(metadata, columns);
}

function isQuickGroup(group: RowGroup): boolean {
  // A column of a single page needs no index.
  const columns = group.columns.filter(({ offset_index_offset: offset }) => offset === undefined);
  return selectedBytes({ ...group, columns }) <= smallGroupBytes;
}

async function readRange(
  { buffer, metadata }: Opened,
  { start, end, columns }: ParquetRange,
): Promise<readonly unknown[]> {
  const { parquetReadObjects } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const rows = await parquetReadObjects({
    file: buffer,
    metadata: selected(metadata, columns),
    compressors,
    useOffsetIndex: true,
    rowStart: start,
    rowEnd: end,
  }).catch((error: unknown) => {
    throw damaged(start + 1, error);
  });
  return rows.map(plainValue);
}

async function* streamRows(
  { buffer, metadata }: Opened,
  { signal, columns }: StreamOptions,
): AsyncGenerator<readonly unknown[]> {
  const chosen = selected(metadata, columns);
  let start = 0;
  for (const group of chosen.row_groups) {
    signal.throwIfAborted();
    const end = start + Number(group.num_rows);
    if (group.columns.length === 0) {
      yield Array.from({ length: end - start }, () => ({}));
    } else if (selectedBytes(group) <= smallGroupBytes) {
      yield await readRange({ buffer, metadata: chosen }, { start, end });
    } else {
      yield* streamLargeGroup({ buffer, metadata: chosen }, group, { start, signal });
    }
    start = end;
  }
}

async function* streamLargeGroup(
  { buffer, metadata }: Opened,
  group: RowGroup,
  { start, signal }: { readonly start: number; readonly signal: AbortSignal },
): AsyncGenerator<readonly unknown[]> {
  let row = start;
  try {
    for await (const rows of streamRowGroup(buffer, metadata, { group })) {
      signal.throwIfAborted();
      yield rows.map(plainValue);
      row += rows.length;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw damaged(row + 1, error);
  }
}

function integerColumns(metadata: FileMetaData): ReadonlySet<string> {
  const [group] = metadata.row_groups;
  const paths = (group?.columns ?? []).flatMap(({ meta_data: column }) =>
    column?.type === 'INT32' || column?.type === 'INT64' ? [fieldPath(column.path_in_schema)] : [],
  );
  return new Set(paths);
}

function damaged(row: number, error: unknown): DataFileError {
  return new DataFileError(
    row,
    `the Parquet file is damaged (${messageOf(error)}); download or make it anew`,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
