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

/** The names of class labels, where the file says them itself. */
export async function readLabels(file: string): Promise<ContestLabels | null> {
  return file.endsWith('.parquet') ? (await openParquet(file)).labels : null;
}
