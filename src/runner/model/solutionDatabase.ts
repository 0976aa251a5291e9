import * as z from 'zod';
import type { ContestTask } from './contestTask';
import type { TestCase } from './testReport';

const count = z.int().nonnegative().default(0);

const countsShape = {
  test_passed_private: count,
  test_failed_private: count,
  test_timeout_private: count,
  test_passed_generate: count,
  test_failed_generate: count,
  test_timeout_generate: count,
  test_passed_public: count,
  test_failed_public: count,
  test_timeout_public: count,
};
const solutionCountsSchema = z.object(countsShape);
/** Tests by their kind and by what became of them, spelled as in AlphaCodium's solution database. */
export type SolutionCounts = z.infer<typeof solutionCountsSchema>;

/** One iteration of a problem in AlphaCodium's solution database. */
export const solutionEntrySchema = z.looseObject({
  solution: z.string().nullable().default(''),
  ...countsShape,
});
export type SolutionEntry = z.infer<typeof solutionEntrySchema>;

/** AlphaCodium's solution database: split → number of the problem (from 0) → `iteration_0` → what came of it. */
export const solutionDatabaseSchema = z.record(
  z.string(),
  z.record(z.string(), z.record(z.string(), z.unknown())),
);
export type SolutionDatabase = z.infer<typeof solutionDatabaseSchema>;

/** Where a problem stands in a database. */
export interface SolutionPlace {
  readonly split: string;
  /** From 0, as text. */
  readonly index: string;
}

/** By the split and the row that a task was read from. A file that names no split is its own. */
export function solutionPlace({ source }: Pick<ContestTask, 'source'>): SolutionPlace {
  const { file, line } = source;
  const index = String(line - 1);
  if (/^(hub|data):/.test(file)) {
    const [, split = 'all'] = /^[a-z]+:.*:([^:]+)$/.exec(file) ?? [];
    return { split, index };
  }
  const name = file.split(/[/\\]/).at(-1) ?? file;
  return { split: name.replace(/\.(jsonl?|parquet|ya?ml|md)(\.gz)?$/, ''), index };
}

export function iterationName(attempt: number): string {
  return `iteration_${String(attempt)}`;
}

/** Solved: nothing failed or ran out of time among the private and generated tests, and at least one passed. */
export function isSolved(entry: SolutionCounts): boolean {
  const sum = (what: 'passed' | 'failed' | 'timeout'): number =>
    entry[`test_${what}_private`] + entry[`test_${what}_generate`];
  return sum('failed') === 0 && sum('timeout') === 0 && sum('passed') > 0;
}

/** The names of a solved problem's iterations, and of all that are there. */
export function iterationsOf(
  database: SolutionDatabase,
  { split, index }: SolutionPlace,
): { readonly all: readonly string[]; readonly solved: readonly string[] } {
  const entries = Object.entries(database[split]?.[index] ?? {});
  const solved = entries.filter(([, value]) => {
    const entry = solutionEntrySchema.safeParse(value);
    return entry.success && isSolved(entry.data);
  });
  return { all: entries.map(([name]) => name), solved: solved.map(([name]) => name) };
}

/**
 * Counts tests by their ids (`private test 3`). One that was left out after a failure counts nowhere, and every other end
 * than a time limit that is no pass is a failure.
 */
export function solutionCounts(tests: readonly TestCase[]): SolutionCounts {
  const counts = solutionCountsSchema.parse({});
  for (const { id, outcome, status } of tests) {
    const kind = kinds.get(id.split(' ')[0] ?? '');
    if (kind === undefined || outcome === 'skipped') continue;
    const what = outcome === 'passed' ? 'passed' : status === 'time_limit' ? 'timeout' : 'failed';
    counts[`test_${what}_${kind}`] += 1;
  }
  return counts;
}

const kinds: ReadonlyMap<string, 'public' | 'private' | 'generate'> = new Map([
  ['public', 'public'],
  ['private', 'private'],
  ['generated', 'generate'],
]);
