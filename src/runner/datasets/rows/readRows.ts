import { stat } from 'node:fs/promises';
import type { ContestLabels } from '../../model';
import type { JsonLimits } from './jsonRows';
import { readJsonRows } from './jsonRows';
import { openParquet } from './parquetFile';
import type { ParquetOptions } from './parquetRows';
import { readParquetRows } from './parquetRows';
import { isProblemFile, readProblemRows } from './problemFile';
import type { DataRow } from './row';
import { DataFileError } from './row';

/** The rows of a data file by its name: `.parquet`, one problem (`.yaml`, `.md`), else JSON lines or a JSON list, also compressed (`.gz`). */
export async function* readRows(
  file: string,
  options: ParquetOptions & { readonly limits?: JsonLimits },
): AsyncGenerator<DataRow> {
  if ((await stat(file)).isDirectory())
    throw new DataFileError(0, 'this is a folder; name a file in it');
  if (file.endsWith('.parquet')) yield* readParquetRows(file, options);
  else if (await isProblemFile(file)) yield* readProblemRows(file);
  else yield* readJsonRows(file, options);
}

/** What a file says of its rows itself; null: it does not. */
export interface FileFacts {
  readonly labels: ContestLabels | null;
  readonly columns: readonly string[] | null;
}

export async function readFacts(file: string): Promise<FileFacts> {
  if (!file.endsWith('.parquet')) return { labels: null, columns: null };
  const { labels, columns } = await openParquet(file);
  return { labels, columns };
}
