import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { RunnerError } from '../../model';
import { readJson, writeJson } from '../../store/files';

const rawRecordSchema = z.object({
  v: z.literal(1),
  /** Where the files are from, for people. */
  from: z.string(),
  files: z.array(z.object({ name: z.string(), size: z.int().nonnegative() })),
});

/** A file of the raw data: its name relative to their folder, with `/`. */
export interface RawFile {
  readonly name: string;
  readonly size: number;
}

/** Notes beside a folder of raw data that all of it is there: then nobody has to be asked for it again. */
export async function writeRawRecord(
  folder: string,
  { from, names }: { readonly from: string; readonly names: readonly string[] },
): Promise<readonly RawFile[]> {
  const files: RawFile[] = [];
  for (const name of names) files.push({ name, size: (await stat(path.join(folder, name))).size });
  await writeJson(recordOf(folder), { v: 1, from, files } satisfies z.input<
    typeof rawRecordSchema
  >);
  return files;
}

/** The files of a folder of raw data when all of it is there; null when it is not, or nobody knows. */
export async function readRawRecord(folder: string): Promise<readonly RawFile[] | null> {
  const record = await readJson(recordOf(folder), rawRecordSchema).catch((error: unknown) => {
    if (RunnerError.is(error, 'not-found') || RunnerError.is(error, 'invalid-config')) return null;
    throw error;
  });
  for (const { name, size } of record?.files ?? []) {
    const there = await stat(path.join(folder, name)).catch(() => null);
    if (there?.size !== size) return null;
  }
  return record?.files ?? null;
}

function recordOf(folder: string): string {
  return `${folder}.json`;
}
