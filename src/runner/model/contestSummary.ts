import type { CandidateVerdict, ContestResult } from './contestVerdict';
import { referencesFail } from './contestVerdict';
import { bootstrapInterval, passAtK, solvedAtK } from './passAtK';
import { mean } from './statistics';
import type { RunPlan, TrialPlan } from './events';
import type { TrialResult } from './result';
import type { Interval } from './statistics';

/** Candidates of one problem over all its trials. */
export interface ProblemCounts {
  readonly task_name: string;
  readonly n: number;
  readonly c: number;
  /** null where n < k. */
  readonly pass_at_k: Readonly<Record<string, number | null>>;
}

/** pass@k of a run and what became of its candidates. Keys are the k. */
export interface ContestSummary {
  readonly n_problems: number;
  /** Mean over the problems; null where one of them has fewer than k candidates (`undefined` says why). */
  readonly pass_at_k: Readonly<Record<string, number | null>>;
  /** 95 %, by drawing the problems again (bootstrap); null where there is no value, or one problem only. */
  readonly ci: Readonly<Record<string, Interval | null>>;
  readonly undefined: Readonly<Record<string, string>>;
  /** The share solved with `submissions` of k candidates after filtering by public tests, where that was asked for. */
  readonly n_at_k: {
    readonly submissions: number;
    readonly values: Readonly<Record<string, number | null>>;
  } | null;
  readonly verdicts: Readonly<Partial<Record<CandidateVerdict, number>>>;
  /** Problems whose own solutions fail the tests; in `left_out` when they are not counted. */
  readonly bad_references: readonly string[];
  readonly left_out: readonly string[];
  readonly problems: readonly ProblemCounts[];
}

/**
 * Sums up what a run found of contest problems; null where it has none. `trials`: those that count, and what they came to
 * so far. Problems without a result count with n = 0.
 */
export function contestSummaryOf(
  plan: RunPlan | null,
  trials: Iterable<{
    readonly plan: Pick<TrialPlan, 'benchmark' | 'task_id'>;
    readonly result: Pick<TrialResult, 'contest'> | null;
  }>,
): ContestSummary | null {
  const all = new Map<string, ContestResult[]>();
  for (const { plan: trial, result } of trials) {
    if (trial.benchmark !== 'contests') continue;
    const known = all.get(trial.task_id) ?? [];
    all.set(trial.task_id, known);
    if (result?.contest !== undefined) known.push(result.contest);
  }
  if (plan === null || all.size === 0) return null;
  const { k_values: ks, references, submissions } = plan.config.contests;
  const bad = [...all].filter(([, results]) => results.some(referencesFail)).map(([name]) => name);
  const leftOut = new Set(references === 'exclude' ? bad : []);
  const problems = [...all]
    .filter(([name]) => !leftOut.has(name))
    .map(([name, results]) => countsOf(name, results));
  const values = ks.map((k) => [String(k), estimate(problems, k, plan.config.seed)] as const);
  return {
    n_problems: problems.length,
    pass_at_k: Object.fromEntries(values.map(([k, { value }]) => [k, value])),
    ci: Object.fromEntries(values.map(([k, { interval }]) => [k, interval])),
    undefined: Object.fromEntries(
      values.flatMap(([k, { reason }]) => (reason === null ? [] : [[k, reason]])),
    ),
    n_at_k:
      submissions === undefined
        ? null
        : {
            submissions,
            values: Object.fromEntries(
              ks.map((k) => [String(k), solvedShare(problems, k, submissions)]),
            ),
          },
    verdicts: verdictsOf(problems),
    bad_references: bad,
    left_out: [...leftOut],
    problems: problems.map(({ name, n, c }) => ({
      task_name: name,
      n,
      c,
      pass_at_k: Object.fromEntries(ks.map((k) => [String(k), passAtK(n, c, k)])),
    })),
  };
}

interface Problem {
  readonly name: string;
  readonly n: number;
  readonly c: number;
  readonly filtered: { readonly n: number; readonly c: number };
  readonly results: readonly ContestResult[];
}

function countsOf(name: string, results: readonly ContestResult[]): Problem {
  const sum = (count: (result: ContestResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  return {
    name,
    n: sum(({ n }) => n),
    c: sum(({ c }) => c),
    filtered: {
      n: sum(({ filtered }) => filtered?.n ?? 0),
      c: sum(({ filtered }) => filtered?.c ?? 0),
    },
    results,
  };
}

function estimate(
  problems: readonly Problem[],
  k: number,
  seed: number,
): {
  readonly value: number | null;
  readonly interval: Interval | null;
  readonly reason: string | null;
} {
  const values = problems.flatMap(({ n, c }) => passAtK(n, c, k) ?? []);
  if (problems.length === 0)
    return { value: null, interval: null, reason: 'there are no problems' };
  const few = problems.filter(({ n }) => n < k);
  const [first] = few;
  if (first !== undefined) {
    const others = few.length === 1 ? '' : ` and ${String(few.length - 1)} more`;
    const reason = `"${first.name}"${others} of ${String(problems.length)}: fewer than ${String(k)} candidates`;
    return { value: null, interval: null, reason };
  }
  return { value: mean(values), interval: bootstrapInterval(values, seed), reason: null };
}

function solvedShare(problems: readonly Problem[], k: number, submissions: number): number | null {
  const values = problems.flatMap(
    ({ n, filtered }) =>
      solvedAtK({ n, filtered: filtered.n, correct: filtered.c }, k, submissions) ?? [],
  );
  return values.length < problems.length || values.length === 0 ? null : mean(values);
}

function verdictsOf(problems: readonly Problem[]): ContestSummary['verdicts'] {
  const counts: Partial<Record<string, number>> = {};
  for (const { verdicts } of problems.flatMap(({ results }) => results)) {
    for (const [verdict, count] of Object.entries(verdicts))
      counts[verdict] = (counts[verdict] ?? 0) + count;
  }
  return counts;
}
