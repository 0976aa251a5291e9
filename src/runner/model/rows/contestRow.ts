import * as z from 'zod';
import type {
  ContentPlace,
  ContestContent,
  ContestProgram,
  ContestTask,
  ContestTest,
  TestKind,
} from '../contestTask';
import { testKindSchema } from '../contestTask';
import type { TaskSource } from '../task';
import { taskIdSchema, textOf } from './columns';
import type { ContestLabels } from './contestLabels';
import { labelName, languageOf, runnableLanguages } from './contestLabels';

/** What a row of a contest dataset is read with besides its own columns. */
export interface ContestRowContext {
  readonly source: TaskSource;
  /** Readable name of the dataset. */
  readonly dataset: string;
  readonly labels: ContestLabels;
  readonly content: ContentPlace;
}

const texts = z.array(z.string()).nullish();

/** The hub has a struct of parallel lists; rows that people write have a list of structs. */
const testsSchema = z
  .union(
    [
      z.array(z.object({ input: z.string(), output: z.string() })),
      z.object({ input: texts, output: texts }),
    ],
    { error: 'expected {input: […], output: […]}, or a list of {input, output}' },
  )
  .transform((tests, context) => {
    if (Array.isArray(tests)) return tests;
    const { input, output } = tests;
    if ((input ?? []).length === (output ?? []).length)
      return (input ?? []).map((one, n) => ({ input: one, output: output?.[n] ?? '' }));
    context.addIssue({ code: 'custom', message: 'expected as many outputs as inputs' });
    return z.NEVER;
  })
  .nullish();

const labelSchema = z.union([z.number(), z.string()]).nullish();

const programsSchema = z
  .union(
    [
      z.array(z.object({ language: labelSchema, solution: z.string() })),
      z.object({ language: z.array(labelSchema).nullish(), solution: texts }),
    ],
    { error: 'expected {language: […], solution: […]}, or a list of {language, solution}' },
  )
  .transform((programs, context) => {
    if (Array.isArray(programs)) return programs;
    const { language, solution } = programs;
    // Where a file stores columns apart, one of both may not have been read.
    const isWhole = language !== undefined && solution !== undefined;
    if (!isWhole || (language ?? []).length === (solution ?? []).length)
      return (language ?? solution ?? []).map((_, n) => ({
        language: language?.[n],
        solution: solution?.[n] ?? '',
      }));
    context.addIssue({ code: 'custom', message: 'expected as many languages as solutions' });
    return z.NEVER;
  })
  .nullish();

/** A row of CodeContests, in the hub's columns or as people write it. Columns that a task can do without may be missing. */
export const contestRowSchema = z.looseObject({
  name: taskIdSchema,
  description: z.string().nullish(),
  public_tests: testsSchema,
  private_tests: testsSchema,
  generated_tests: testsSchema,
  solutions: programsSchema,
  incorrect_solutions: programsSchema,
  source: labelSchema,
  difficulty: labelSchema,
  cf_rating: z.number().nullish(),
  cf_tags: texts,
  time_limit: z
    .union([z.number(), z.object({ seconds: z.number().nullish(), nanos: z.number().nullish() })])
    .nullish(),
  memory_limit_bytes: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).nullish(),
  input_file: z.string().nullish(),
  output_file: z.string().nullish(),
});
export type ContestRow = z.infer<typeof contestRowSchema>;

/** The columns that a task is made of: what is large in a row is not among them. */
export const contestTaskColumns: readonly string[] = [
  ...Object.keys(contestRowSchema.shape).filter(
    (name) => !/^(private|generated)_tests$|solutions$/.test(name),
  ),
  'solutions.language',
];

const siteNames: Readonly<Record<string, string>> = {
  CODECHEF: 'CodeChef',
  CODEFORCES: 'Codeforces',
  HACKEREARTH: 'HackerEarth',
  CODEJAM: 'Code Jam',
  ATCODER: 'AtCoder',
  AIZU: 'Aizu',
};

export function isContestRow(row: object): boolean {
  return [...testKindSchema.options, 'solutions', 'incorrect_solutions'].some(
    (name) => name in row,
  );
}

export function fromContestRow(row: ContestRow, context: ContestRowContext): ContestTask {
  const { labels: names, dataset } = context;
  const origin = labelName(row.source, names.source);
  const testCounts = countTests(row);
  return {
    benchmark: 'contests',
    taskId: row.name,
    // The site that the problem is from.
    group: origin === null ? dataset : (siteNames[origin] ?? origin),
    repo: null,
    ref: null,
    dataset,
    version: null,
    difficulty: labelName(row.difficulty, names.difficulty),
    size: { patchLines: null, tests: sumOf(testCounts) },
    source: context.source,
    name: row.name,
    style: 'stdin',
    statement: row.description ?? '',
    frame: null,
    publicTests: row.public_tests ?? [],
    testCounts,
    timeLimitS: secondsOf(row.time_limit),
    memoryLimitBytes: positive(row.memory_limit_bytes),
    inputFile: textOf(row.input_file),
    outputFile: textOf(row.output_file),
    origin,
    tags: (row.cf_tags ?? []).filter((tag) => tag !== ''),
    rating: positive(row.cf_rating),
    hasSolution: programsOf(row.solutions, names).some(({ language }) =>
      runnableLanguages.includes(language),
    ),
    content: context.content,
  };
}

/** What of a row is read when it is needed; columns that the row was read without are empty. */
export function contestContentOf(row: ContestRow, names: ContestLabels): ContestContent {
  return {
    tests: {
      public_tests: row.public_tests ?? [],
      private_tests: row.private_tests ?? [],
      generated_tests: row.generated_tests ?? [],
    },
    solutions: programsOf(row.solutions, names),
    incorrectSolutions: programsOf(row.incorrect_solutions, names),
  };
}

function programsOf(
  programs: ContestRow['solutions'],
  names: ContestLabels,
): readonly ContestProgram[] {
  return (programs ?? []).map(({ language, solution }) => ({
    language: languageOf(language, names),
    source: solution,
  }));
}

function countTests(row: ContestRow): Readonly<Record<TestKind, number | null>> {
  // undefined: the column was not read, or is not there; null: it has nothing.
  const count = (tests: readonly ContestTest[] | null | undefined): number | null =>
    tests === undefined ? null : (tests?.length ?? 0);
  return {
    public_tests: count(row.public_tests),
    private_tests: count(row.private_tests),
    generated_tests: count(row.generated_tests),
  };
}

/** The tests that decide, as far as they are known. */
function sumOf({ private_tests: own, generated_tests: generated }: ContestTask['testCounts']) {
  return own === null && generated === null ? null : (own ?? 0) + (generated ?? 0);
}

/** A limit of 0 is none. */
function positive(value: number | null | undefined): number | null {
  return value === null || value === undefined || value <= 0 ? null : value;
}

function secondsOf(limit: ContestRow['time_limit']): number | null {
  if (typeof limit === 'number') return positive(limit);
  return positive((limit?.seconds ?? 0) + (limit?.nanos ?? 0) / 1e9);
}
