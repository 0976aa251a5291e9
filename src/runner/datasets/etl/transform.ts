import type { ContestLabels, ContestLanguage } from '../../model';
import { asRecord, contestRowSchema, languageOf, labelText, namedLabels } from '../../model';
import type { RowCounts } from '../saved/manifest';

type Row = Readonly<Record<string, unknown>>;

export interface Transform {
  readonly labels: ContestLabels;
  /** Solutions in other languages are left out; null: none is. */
  readonly languages: readonly ContestLanguage[] | null;
  /** Class labels by name. */
  readonly translate: boolean;
}

/** How many programs a row has, or many rows have. */
export type ProgramCounts = Omit<RowCounts, 'rows'>;

/** A row of CodeContests in the hub's shape: structs of parallel lists, solutions of the wanted languages only. */
export function transformRow(row: Row, how: Transform): Row {
  const named = how.translate ? (asRecord(namedLabels(row, how.labels)) ?? row) : row;
  return {
    ...named,
    public_tests: testLists(named['public_tests']),
    private_tests: testLists(named['private_tests']),
    generated_tests: testLists(named['generated_tests']),
    solutions: keepLanguages(named['solutions'], how),
    incorrect_solutions: keepLanguages(named['incorrect_solutions'], how),
    time_limit: duration(named['time_limit']),
  };
}

export function countPrograms(row: Row): ProgramCounts {
  return {
    solutions: programsOf.parse(row['solutions'])?.length ?? 0,
    incorrect_solutions: programsOf.parse(row['incorrect_solutions'])?.length ?? 0,
  };
}

const testsOf = contestRowSchema.shape.public_tests;
const programsOf = contestRowSchema.shape.solutions;

function testLists(column: unknown): Row | null {
  const tests = testsOf.parse(column);
  return tests === null || tests === undefined
    ? null
    : { input: tests.map(({ input }) => input), output: tests.map(({ output }) => output) };
}

function keepLanguages(column: unknown, { labels, languages, translate }: Transform): Row | null {
  const programs = programsOf.parse(column);
  if (programs === null || programs === undefined) return null;
  const kept = programs.filter(
    ({ language }) => languages === null || languages.includes(languageOf(language, labels)),
  );
  return {
    language: kept.map(({ language }) =>
      translate ? labelText(language, labels.language) : language,
    ),
    solution: kept.map(({ solution }) => solution),
  };
}

/** Seconds as the hub has them: `{seconds, nanos}`. */
function duration(limit: unknown): unknown {
  if (typeof limit !== 'number') return limit;
  const seconds = Math.trunc(limit);
  return { seconds, nanos: Math.round((limit - seconds) * 1e9) };
}
