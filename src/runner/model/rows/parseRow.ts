import type * as z from 'zod';
import type { RepositoryTask, RowKind } from '../repositoryTask';
import type { Task, TaskSource } from '../task';
import type { RowContext } from './columns';
import { fromMultiSweBenchRow, multiSweBenchRowSchema } from './multiSweBenchRow';
import { fromSeedRow, seedRowSchema } from './seedRow';
import { fromSweBenchProRow, sweBenchProRowSchema } from './sweBenchProRow';
import { fromSweBenchRow, sweBenchRowSchema } from './sweBenchRow';
import { fromSweGymRow, isSweGymRow } from './sweGymRow';
import { fromSweRebenchRow, sweRebenchRowSchema } from './sweRebenchRow';
import { fromSweSmithRow, sweSmithRowSchema } from './sweSmithRow';

/** What is wrong with one line of a task file: the field (`timeouts.clone`, empty for the whole line) and what was expected. */
export interface RowProblem {
  readonly field: string;
  readonly message: string;
}

export type ParsedRow<T extends Task = RepositoryTask> =
  | { readonly ok: true; readonly task: T }
  | { readonly ok: false; readonly problems: readonly RowProblem[] };

/** Makes what reads one row of a dataset: by its schema, then into a task. */
export function rowReader<Schema extends z.ZodType, Context, T extends Task>(
  schema: Schema,
  toTask: (row: z.infer<Schema>, context: Context) => T,
): (value: unknown, context: Context) => ParsedRow<T> {
  return (value, context) => {
    const row = schema.safeParse(value, { error: missingField });
    return row.success
      ? { ok: true, task: toTask(row.data, context) }
      : { ok: false, problems: problemsOf(row.error) };
  };
}

/** zod says only that it received undefined; every other mistake keeps its own words. */
const missingField: z.core.$ZodErrorMap = (issue) =>
  issue.code === 'invalid_type' && issue.input === undefined
    ? `the field is missing; expected ${issue.expected === 'string' ? 'a text' : issue.expected}`
    : undefined;

const readSeedRow = rowReader(seedRowSchema, fromSeedRow);

const readers: Readonly<Record<RowKind, (value: unknown, context: RowContext) => ParsedRow>> = {
  'swe-bench': rowReader(sweBenchRowSchema, fromSweBenchRow),
  'swe-smith': rowReader(sweSmithRowSchema, fromSweSmithRow),
  'swe-rebench': rowReader(sweRebenchRowSchema, fromSweRebenchRow),
  'swe-gym': rowReader(sweBenchRowSchema, fromSweGymRow),
  'swe-bench-pro': rowReader(sweBenchProRowSchema, fromSweBenchProRow),
  'multi-swe-bench': rowReader(multiSweBenchRowSchema, fromMultiSweBenchRow),
};

/** Every column that any kind of row is read for: a format that stores columns apart need not read the others. */
export const taskColumns: readonly string[] = [
  ...new Set(
    [
      seedRowSchema,
      sweBenchRowSchema,
      sweRebenchRowSchema,
      sweBenchProRowSchema,
      multiSweBenchRowSchema,
    ].flatMap(({ shape }) => Object.keys(shape)),
  ),
];

/** The kind of a row by its columns; null: a seed row. */
export function rowKindOf(value: unknown): RowKind | null {
  if (typeof value !== 'object' || value === null || 'task_id' in value) return null;
  if ('org' in value && 'number' in value && 'fix_patch' in value) return 'multi-swe-bench';
  if (!('instance_id' in value)) return null;
  if ('selected_test_files_to_run' in value) return 'swe-bench-pro';
  if (isGiven(value, 'install_config')) return 'swe-rebench';
  // Others name images so too, but only SWE-smith has no tests to add: its bugs break those that are there.
  if (isGiven(value, 'image_name') && !isGiven(value, 'test_patch')) return 'swe-smith';
  return isSweGymRow({ ...value }) ? 'swe-gym' : 'swe-bench';
}

function isGiven(value: object, column: string): boolean {
  const [, found] = Object.entries(value).find(([name]) => name === column) ?? [];
  return found !== undefined && found !== null && found !== '';
}

/**
 * One parsed JSON value of a task file → a task, or everything that is wrong with it. Which dataset's shape it has is
 * told by its columns, where the dataset is not known; a row that has no dataset's shape is read as a seed row.
 */
export function parseRepositoryRow(
  value: unknown,
  source: TaskSource,
  { dataset = datasetOf(source), kind = null }: Partial<Omit<RowContext, 'source'>> = {},
): ParsedRow {
  const shape = kind ?? rowKindOf(value);
  const read = shape === null ? readSeedRow : readers[shape];
  return read(withoutNulls(value), { source, dataset, kind });
}

/** Formats with columns, and what was written from them, have null where a row has nothing. */
export function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const columns: readonly [string, unknown][] = Object.entries(value);
  return columns.some(([, column]) => column === null)
    ? Object.fromEntries(columns.filter(([, column]) => column !== null))
    : value;
}

/** What the dataset of a file is called that is known as none: by the file. */
export function datasetOf({ file }: TaskSource): string {
  return file === '' ? 'given directly' : (file.split(/[/\\]/).pop() ?? file);
}

function problemsOf(error: z.ZodError): readonly RowProblem[] {
  return error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
}
