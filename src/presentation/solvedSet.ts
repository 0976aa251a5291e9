import type { SolutionCounts, TestCase, TrialResult, TrialState } from '../runner/index';
import { solutionCounts } from '../runner/model';

/** What one attempt of a problem came to. */
export interface Iteration {
  readonly trial_id: string;
  /** From 0, as in the solution database. */
  readonly iteration: number;
  /** null: it was not needed, or did not end. */
  readonly status: TrialResult['status'] | null;
  readonly exit_status: string | null;
  readonly detail: string | null;
  /** Why it was not run. */
  readonly skipped: TrialState['skipped'];
  readonly language: string | null;
  /** The last program; null: there is none. */
  readonly program: string | null;
  /** How many tests of each kind came to what; null: it was not judged. */
  readonly tests: SolutionCounts | null;
  readonly turns: number;
  /** US dollars; null: not known. */
  readonly cost: number | null;
}

export interface SolvedProblem {
  readonly task_name: string;
  readonly solved: boolean;
  /** How many attempts it took; null: it is not solved, or was before. */
  readonly solved_within: number | null;
  readonly iterations: readonly Iteration[];
}

/** What was handed in, and its tests. */
export interface HandedIn {
  readonly program: { readonly language: string; readonly source: string } | null;
  readonly tests: readonly TestCase[] | null;
}

/** One attempt of a run; `files`: what its folder holds. */
export function iterationOf(
  { plan, result, skipped, agentStats, usage }: TrialState,
  { program, tests }: HandedIn,
): Iteration {
  return {
    trial_id: plan.trial_id,
    iteration: plan.attempt,
    status: result?.status ?? null,
    exit_status: result?.exit_status ?? null,
    detail: result?.detail ?? result?.cause ?? null,
    skipped,
    language: program?.language ?? null,
    program: program?.source ?? null,
    tests: tests === null || program === null ? null : solutionCounts(tests),
    turns: agentStats.turns,
    cost: usage?.cost ?? null,
  };
}

/** The problem's attempts as one: solved by one of them, or before the run. */
export function problemOf(name: string, iterations: readonly Iteration[]): SolvedProblem {
  const solving = iterations.find(({ status }) => status === 'passed');
  const before = iterations.some(({ skipped }) => skipped?.reason === 'solved');
  return {
    task_name: name,
    solved: solving !== undefined || before,
    solved_within: solving === undefined ? null : solving.iteration + 1,
    iterations,
  };
}

/** `private 3 of 4, generated 12 of 12`; empty where nothing was judged. */
export function testsText(tests: Iteration['tests']): string {
  if (tests === null) return '';
  return (['public', 'private', 'generate'] as const)
    .flatMap((kind) => {
      const passed = tests[`test_passed_${kind}`];
      const all = passed + tests[`test_failed_${kind}`] + tests[`test_timeout_${kind}`];
      const name = kind === 'generate' ? 'generated' : kind;
      return all === 0 ? [] : [`${name} ${String(passed)} of ${String(all)}`];
    })
    .join(', ');
}
