import * as z from 'zod';
import type { ContentPlace, ContestTask } from '../contestTask';
import type { RowKind } from '../repositoryTask';
import { rowKindSchema } from '../repositoryTask';
import type { Task, TaskSource } from '../task';
import type { ContestLabels } from './contestLabels';
import { protoLabels } from './contestLabels';
import type { ContestRowContext } from './contestRow';
import { contestRowSchema, contestTaskColumns, fromContestRow, isContestRow } from './contestRow';
import {
  fromHumanEvalRow,
  fromProgramRow,
  humanEvalColumns,
  humanEvalRowSchema,
  isHumanEvalRow,
  isProgramRow,
  programRowSchema,
} from './humanEvalRow';
import { asRecord } from './namedLabels';
import type { ParsedRow } from './parseRow';
import { datasetOf, parseRepositoryRow, rowReader, taskColumns, withoutNulls } from './parseRow';

export const contestRowKindSchema = z.enum(['code-contests', 'humaneval', 'program']);
export type ContestRowKind = z.infer<typeof contestRowKindSchema>;

/** Which dataset's shape a row has. */
export type DatasetKind = RowKind | ContestRowKind;

/** Every column that any kind of row is read for, to make a light task of it. */
export const datasetColumns: readonly string[] = [
  ...new Set([...taskColumns, ...contestTaskColumns, ...humanEvalColumns]),
];

export interface TaskRowOptions {
  readonly dataset?: string;
  readonly kind?: DatasetKind;
  /** The names of class labels in this file. Default: the proto's. */
  readonly labels?: ContestLabels;
  /** Where the content of a contest task is. Default: where the row is. */
  readonly content?: ContentPlace;
  /** The column that names the tasks of a contest dataset, where it is not `name` or `task_id`. */
  readonly nameColumn?: string | undefined;
}

const readers: Readonly<
  Record<ContestRowKind, (value: unknown, context: ContestRowContext) => ParsedRow<ContestTask>>
> = {
  'code-contests': rowReader(contestRowSchema, fromContestRow),
  humaneval: rowReader(humanEvalRowSchema, fromHumanEvalRow),
  program: rowReader(programRowSchema, fromProgramRow),
};

/** The kind of a contest dataset's row by its columns; null: it is none. */
export function contestRowKindOf(value: unknown): ContestRowKind | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  if (isContestRow(value)) return 'code-contests';
  if (isHumanEvalRow(value)) return 'humaneval';
  return isProgramRow(value) ? 'program' : null;
}

/** The same, of a file that says its columns: a row may have nothing in them. */
export function contestKindOfColumns(columns: readonly string[]): ContestRowKind | null {
  return contestRowKindOf(Object.fromEntries(columns.map((name) => [name, null])));
}

/** One parsed value of any data file → a task of the benchmark that its columns tell, or everything that is wrong with it. */
export function parseTaskRow(
  value: unknown,
  source: TaskSource,
  options: TaskRowOptions = {},
): ParsedRow<Task> {
  const { kind, dataset = datasetOf(source) } = options;
  const repositoryKind = rowKindSchema.safeParse(kind);
  if (repositoryKind.success)
    return parseRepositoryRow(value, source, { dataset, kind: repositoryKind.data });
  const contestKind = contestRowKindSchema.safeParse(kind);
  const shape = contestKind.success ? contestKind.data : contestRowKindOf(value);
  if (shape === null) return parseRepositoryRow(value, source, { dataset });
  const { labels = protoLabels, nameColumn } = options;
  const content = options.content ?? { file: source.file, row: source.line };
  const row = namedRow(withoutNulls(value), shape, nameColumn);
  return readers[shape](row, { source, dataset, labels, content });
}

/** Rows say their names in a column of their kind; others call it otherwise. */
function namedRow(value: unknown, kind: ContestRowKind, nameColumn: string | undefined): unknown {
  const row = asRecord(value);
  if (row === null) return value;
  const own = kind === 'code-contests' ? 'name' : 'task_id';
  const from = nameColumn ?? [own, 'name', 'task_id', 'task_name'].find((name) => name in row);
  if (from === undefined || from === own) return row;
  const name = row[from];
  return { ...row, [own]: typeof name === 'number' ? String(name) : name };
}
