import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

/** A sample task that is quick, needs nothing to be installed, and stands first in the tree: only rows on the screen exist. */
export const SAMPLE_TASK = 'cronette__day-or-weekday';

const row = z.looseObject({
  task_id: z.string(),
  repo: z.string(),
  ref: z.string(),
  patch: z.string(),
});
export type SampleRow = z.infer<typeof row>;

/** A row of the sample tasks in `folder`, to make other tasks of. */
export async function sampleRow(folder: string, taskId: string): Promise<SampleRow> {
  const text = await readFile(path.join(folder, 'seed_tasks.jsonl'), 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => row.parse(JSON.parse(line)));
  const found = rows.find((candidate) => candidate.task_id === taskId);
  if (found === undefined) throw new Error(`the samples have no task ${taskId}`);
  return found;
}

/** Writes a task file; text stands for a line as it is. */
export async function writeTasks(
  file: string,
  rows: readonly (string | Readonly<Record<string, unknown>>)[],
): Promise<void> {
  const lines = rows.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  await writeFile(file, `${lines.join('\n')}\n`);
}
