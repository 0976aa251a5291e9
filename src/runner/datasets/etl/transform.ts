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

export interface Transformed {
  readonly row: Row;
  readonly before: Omit<RowCounts, 'rows'>;
  readonly after: Omit<RowCounts, 'rows'>;
}

/** A row of CodeContests in the hub's shape: structs of parallel lists, solutions of the wanted languages only. */
export function transformRow(row: Row, how: Transform): Transformed {
  const named = how.translate ? (asRecord(namedLabels(row, how.labels)) ?? row) : row;
  const solutions = keepLanguages(named['solutions'], how);
  const incorrect = keepLanguages(named['incorrect_solutions'], how);
  return {
    row: {
      ...named,
      public_tests: testLists(named['public_tests']),
      private_tests: testLists(named['private_tests']),
      generated_tests: testLists(named['generated_tests']),
      solutions: solutions.kept,
      incorrect_solutions: incorrect.kept,
      time_limit: duration(named['time_limit']),
    },
    before: { solutions: solutions.before, incorrect_solutions: incorrect.before },
    after: { solutions: solutions.after, incorrect_solutions: incorrect.after },
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

function keepLanguages(
  column: unknown,
  { labels, languages, translate }: Transform,
): { readonly kept: Row | null; readonly before: number; readonly after: number } {
  const programs = programsOf.parse(column);
  if (programs === null || programs === undefined) return { kept: null, before: 0, after: 0 };
  const kept = programs.filter(
    ({ language }) => languages === null || languages.includes(languageOf(language, labels)),
  );
  return {
    kept: {
      language: kept.map(({ language }) =>
        translate ? labelText(language, labels.language) : language,
      ),
      solution: kept.map(({ solution }) => solution),
    },
    before: programs.length,
    after: kept.length,
  };
}

/** Seconds as the hub has them: `{seconds, nanos}`. */
function duration(limit: unknown): unknown {
  if (typeof limit !== 'number') return limit;
  const seconds = Math.trunc(limit);
  return { seconds, nanos: Math.round((limit - seconds) * 1e9) };
}
