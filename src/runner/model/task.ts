import * as z from 'zod';

export const benchmarkIdSchema = z.enum(['swe', 'contests', 'mle']);
export type BenchmarkId = z.infer<typeof benchmarkIdSchema>;

/** Where a task came from: a file as it was named and a line from 1; `line` 0 means that it was given directly. */
export const taskSourceSchema = z.object({ file: z.string(), line: z.int().nonnegative() });
export type TaskSource = z.infer<typeof taskSourceSchema>;

/** What can be known beforehand of how much there is to do; null: not known. */
export interface TaskSize {
  /** Lines that the gold patch adds or removes. */
  readonly patchLines: number | null;
  /** Tests that decide. */
  readonly tests: number | null;
}

/** What every task of every benchmark has: enough to list, group, filter and name it. */
export interface Task {
  readonly benchmark: BenchmarkId;
  readonly taskId: string;
  /** What the tree groups by under the benchmark: a repository, a dataset split, a competition family. */
  readonly group: string;
  readonly repo: string | null;
  readonly ref: string | null;
  /** Readable: `SWE-bench Lite (dev)`, or the name of the task's file. */
  readonly dataset: string;
  /** Version of the repository, as the dataset gives it. */
  readonly version: string | null;
  /** In the dataset's own words: `<15 min fix`. */
  readonly difficulty: string | null;
  readonly size: TaskSize;
  readonly source: TaskSource;
}

/** A row of a task file or dataset that cannot be used. `line` from 1; 0 for the source as a whole. */
export interface TaskFileProblem {
  /** As it was named; a dataset of the hub with the commit that was read. */
  readonly file: string;
  readonly line: number;
  /** `timeouts.clone`; empty when the whole line is meant. */
  readonly field: string;
  readonly message: string;
}

/** As compilers tell it: `FILE:LINE: field: what was expected`. */
export function describeTaskProblem({ file, line, field, message }: TaskFileProblem): string {
  return `${file}:${line}: ${field === '' ? '' : `${field}: `}${message}`;
}
