import * as z from 'zod';
import type { Task } from './task';

/** The three sets of tests of a CodeContests problem, by the names of their columns. */
export const testKindSchema = z.enum(['public_tests', 'private_tests', 'generated_tests']);
export type TestKind = z.infer<typeof testKindSchema>;

/** Languages of programs, by the names of CodeContests' class labels. `PYTHON` is Python 2. */
export const contestLanguageSchema = z.enum([
  'UNKNOWN_LANGUAGE',
  'PYTHON',
  'CPP',
  'PYTHON3',
  'JAVA',
]);
export type ContestLanguage = z.infer<typeof contestLanguageSchema>;

export const contestTestSchema = z.object({ input: z.string(), output: z.string() });
export type ContestTest = z.infer<typeof contestTestSchema>;

/** A candidate program, or one of a dataset's solutions. Programs are handed in as JSON lines of this shape. */
export const contestProgramSchema = z.object({
  language: contestLanguageSchema,
  source: z.string(),
});
export type ContestProgram = z.infer<typeof contestProgramSchema>;

/** What of a task is too large to be kept in memory for each one: read when it is needed. */
export interface ContestContent {
  readonly tests: Readonly<Record<TestKind, readonly ContestTest[]>>;
  readonly solutions: readonly ContestProgram[];
  readonly incorrectSolutions: readonly ContestProgram[];
}

/** Where the row of a task is that holds its content. Relative to the run folder in tasks of a run. */
export interface ContentPlace {
  readonly file: string;
  /** From 1. */
  readonly row: number;
}

/** A task whose submission is programs. */
export interface ContestTask extends Task {
  readonly benchmark: 'contests';
  /** As the dataset has it; `taskId` is the same where it is unique. */
  readonly name: string;
  /** `stdin`: a program reads an input and prints an output. `program`: a program passes when it runs to its end (HumanEval). */
  readonly style: 'stdin' | 'program';
  readonly statement: string;
  /** What stands around a candidate in the program that is run (`program`); null: the candidate is all of it. */
  readonly frame: { readonly before: string; readonly after: string } | null;
  readonly publicTests: readonly ContestTest[];
  /** How many tests of each kind there are; null: not known before its content is read. */
  readonly testCounts: Readonly<Record<TestKind, number | null>>;
  /** CPU time for one test, in seconds. */
  readonly timeLimitS: number | null;
  readonly memoryLimitBytes: number | null;
  /** Files that the problem reads and writes instead of stdin and stdout; null: stdin, stdout. */
  readonly inputFile: string | null;
  readonly outputFile: string | null;
  /** `CODEFORCES` */
  readonly origin: string | null;
  readonly tags: readonly string[];
  readonly rating: number | null;
  /** Whether its content has a solution in a language that can be run. */
  readonly hasSolution: boolean;
  readonly content: ContentPlace;
}

export function isContestTask(task: Task): task is ContestTask {
  return task.benchmark === 'contests';
}
