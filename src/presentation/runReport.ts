import type {
  AgentStats,
  ContestSummary,
  Interval,
  RunBreakdown,
  RunMetrics,
  RunState,
  RunTotals,
  TaskValidation,
  TrialResult,
} from '../runner/model';
import {
  breakdownOf,
  contestSummaryOf,
  mcnemarExact,
  metricsOf,
  totalsOf,
  wilsonInterval,
} from '../runner/model';
import type { ReportTable } from './reportTables';
import { reportTables } from './reportTables';
import { pairRuns } from './runPairs';

/** A result without what varies between two equal trials. */
export type StableResult = Omit<Omit<TrialResult, 'duration_s' | 'tail'>, 'stages'> & {
  readonly stages: readonly Omit<TrialResult['stages'][number], 'duration_s'>[];
};

export interface ReportedRun {
  /** Left out of a stable report, since every run has its own. */
  readonly run_id?: string;
  readonly agent: string;
  readonly model: string | null;
  readonly totals: RunTotals;
  readonly metrics: RunMetrics;
  readonly breakdown: RunBreakdown;
  /** 95 % interval of the resolved rate, by Wilson; null for an empty run. */
  readonly resolved_interval: Interval | null;
  /** pass@k and the candidates' verdicts; only of runs with contest tasks. */
  readonly contest?: ContestSummary;
  readonly trials: readonly (TrialResult | StableResult)[];
}

/** What `report` prints in any format. */
export interface RunReport {
  readonly runs: readonly ReportedRun[];
  /** Tasks whose trials are in none of the numbers: they cannot tell right from wrong. */
  readonly excluded: readonly TaskValidation[];
  /** The first run against the last, trial by trial; null when nothing is compared. */
  readonly comparison: Comparison | null;
  /** Totals of the runs, their numbers taken apart, then their trials: one by one, or beside each other when compared. */
  readonly tables: readonly [totals: ReportTable, ...parts: ReportTable[], trials: ReportTable];
}

/** Trials that both runs have, paired by task and attempt. */
export interface Comparison {
  /** Pairs that came to their end in both: fixed, broken and the same. */
  readonly pairs: number;
  /** Resolved by the last run only. */
  readonly fixed: number;
  /** Resolved by the first run only. */
  readonly broken: number;
  readonly same: number;
  readonly both_resolved: number;
  readonly neither_resolved: number;
  /** Pairs that say nothing: one side has no end, or its infrastructure failed. */
  readonly open: number;
  readonly only_in_first: number;
  readonly only_in_last: number;
  /** McNemar's exact test, two-sided. */
  readonly p_value: number;
}

export interface ReportOptions {
  /** Tasks to leave out, which the report says. */
  readonly exclude?: readonly TaskValidation[];
  readonly stable: boolean;
  readonly compare: boolean;
}

/** Sums up runs. With `compare`, trials are paired by task and attempt and it is said what changed. */
export function reportOf(all: readonly RunState[], options: ReportOptions): RunReport {
  const { exclude = [], stable, compare } = options;
  const states = all.map((state) => withoutTasks(state, exclude));
  const names = states.map((state, n) => (stable ? `run ${n + 1}` : (state.plan?.run_id ?? '')));
  const runs = states.map((state) => reportedRun(state, stable));
  const [first, last] = [states[0], states.at(-1)];
  const comparison =
    compare && first !== undefined && last !== undefined && first !== last
      ? compareStates(first, last)
      : null;
  return {
    runs,
    excluded: exclude,
    comparison,
    tables: reportTables({ runs, names, states, comparison, excluded: exclude }, options),
  };
}

function reportedRun(state: RunState, stable: boolean): ReportedRun {
  const results = [...state.trials.values()].flatMap(({ result }) =>
    result === null ? [] : [result],
  );
  const totals = totalsOf(state);
  const [metrics, breakdown] = [metricsOf(state), breakdownOf(state)];
  const contest = contestSummaryOf(state.plan, state.trials.values());
  return {
    ...(stable ? {} : { run_id: state.plan?.run_id ?? '' }),
    agent: state.plan?.agent ?? '',
    model: state.plan?.model ?? null,
    totals,
    resolved_interval: wilsonInterval(totals.resolved, totals.total),
    metrics: stable ? { ...metrics, agent_stats: withoutTimes(metrics.agent_stats) } : metrics,
    breakdown: stable ? { ...breakdown, stage_times: [] } : breakdown,
    ...(contest === null ? {} : { contest }),
    trials: stable ? results.map(stableResult) : results,
  };
}

/** The run as if these tasks had never been part of it. */
export function withoutTasks(state: RunState, tasks: readonly TaskValidation[]): RunState {
  if (tasks.length === 0) return state;
  const ids = new Set(tasks.map(({ task_id: id }) => id));
  const left = [...state.trials].filter(([, { plan }]) => !ids.has(plan.task_id));
  return { ...state, trials: new Map(left) };
}

/** Of what validation found: the tasks that cannot tell right from wrong. */
export function badTasks(validations: Iterable<TaskValidation>): readonly TaskValidation[] {
  return [...validations].filter(({ state }) => state === 'broken' || state === 'flaky');
}

/** The first run against the second. */
export function compareStates(first: RunState, second: RunState): Comparison {
  const pairs = pairRuns(first, second);
  const [fixed, broken] = [pairs.fixed.length, pairs.broken.length];
  const [both, neither] = [pairs.bothResolved.length, pairs.neitherResolved.length];
  return {
    pairs: fixed + broken + both + neither,
    fixed,
    broken,
    same: both + neither,
    both_resolved: both,
    neither_resolved: neither,
    open: pairs.open.length,
    only_in_first: pairs.onlyInFirst.length,
    only_in_last: pairs.onlyInSecond.length,
    p_value: mcnemarExact(fixed, broken),
  };
}

/** Everything of a result that two runs of the same trial agree on. */
export function stableResult(result: TrialResult): StableResult {
  return {
    ...without(result, 'duration_s', 'tail'),
    stages: result.stages.map((stage) => without(stage, 'duration_s')),
    agent_stats: result.agent_stats === null ? null : withoutTimes(result.agent_stats),
  };
}

function withoutTimes(stats: AgentStats): AgentStats {
  return { ...stats, model_s: 0, tools_s: 0 };
}

function without<T extends object, K extends keyof T & string>(
  value: T,
  ...keys: readonly K[]
): Omit<T, K> {
  const left = Object.entries(value).filter(([key]) => !keys.some((name) => name === key));
  return Object.fromEntries(left) as Omit<T, K>; // just those keys are gone
}
