import type { RunState, TrialState } from './runState';
import type { Interval } from './statistics';
import { quantile, wilsonInterval } from './statistics';
import { difficultyRank } from './taskOrder';
import { classOf } from './trialClass';

/** The resolved rate of some of a run's trials. */
export interface GroupRate {
  readonly name: string;
  readonly resolved: number;
  /** Every planned trial of the group; never shrinks. */
  readonly total: number;
  readonly resolved_rate: number;
  /** 95 %, by Wilson. */
  readonly resolved_interval: Interval | null;
}

/** How long a stage took, over the trials that it really ran in: a kept environment costs no time. */
export interface StageTimes {
  readonly stage: string;
  readonly count: number;
  readonly median_s: number;
  readonly p90_s: number;
  readonly total_s: number;
}

export interface RunBreakdown {
  /** How many trials ended how; those without an end are `not_run`. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly by_dataset: readonly GroupRate[];
  readonly by_repository: readonly GroupRate[];
  /** Tasks without a difficulty are `unknown`; empty where none has one. */
  readonly by_difficulty: readonly GroupRate[];
  readonly stage_times: readonly StageTimes[];
}

/** What stands where a task says nothing. */
export const unknownGroup = 'unknown';

/**
 * A run's numbers, taken apart. Groups are in the order of their names, difficulties from the easiest on, stages in that
 * of the pipeline.
 */
export function breakdownOf(state: RunState): RunBreakdown {
  const trials = [...state.trials.values()].filter(({ phase }) => phase !== 'skipped');
  const hasDifficulty = trials.some(({ plan }) => (plan.difficulty ?? null) !== null);
  return {
    statuses: countStatuses(trials),
    by_dataset: ratesBy(trials, ({ plan }) => plan.dataset ?? unknownGroup),
    by_repository: ratesBy(trials, ({ plan }) => plan.group),
    by_difficulty: hasDifficulty
      ? [...ratesBy(trials, ({ plan }) => plan.difficulty ?? unknownGroup)].sort((a, b) =>
          compareDifficulties(a.name, b.name),
        )
      : [],
    stage_times: stageTimes(trials),
  };
}

function countStatuses(trials: readonly TrialState[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { result } of trials) {
    const status = result?.status ?? 'not_run';
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** Sorts difficulties from the easiest on, as far as their words say which that is. */
export function compareDifficulties(a: string, b: string): number {
  const [one, two] = [difficultyRank(a) ?? Infinity, difficultyRank(b) ?? Infinity];
  return one === two ? collator.compare(a, b) : one - two;
}

const collator = new Intl.Collator('en', { numeric: true });

function ratesBy(
  trials: readonly TrialState[],
  nameOf: (trial: TrialState) => string,
): readonly GroupRate[] {
  const groups = new Map<string, { resolved: number; total: number }>();
  for (const trial of trials) {
    const name = nameOf(trial);
    const group = groups.get(name) ?? { resolved: 0, total: 0 };
    groups.set(name, group);
    group.total += 1;
    if (trial.result !== null && classOf(trial.result.status) === 'resolved') group.resolved += 1;
  }
  return [...groups]
    .sort(([a], [b]) => collator.compare(a, b))
    .map(([name, { resolved, total }]) => ({
      name,
      resolved,
      total,
      resolved_rate: resolved / total,
      resolved_interval: wilsonInterval(resolved, total),
    }));
}

const pipeline: readonly string[] = [
  'packages',
  'clone',
  'install',
  'before',
  'agent',
  'apply',
  'after',
];

/** Names of stages in the order of the pipeline; those that it does not know come last, as they were. */
export function orderOfStages(stages: readonly string[]): readonly string[] {
  const rank = (stage: string): number => {
    const place = pipeline.indexOf(stage);
    return place < 0 ? pipeline.length : place;
  };
  return [...stages].sort((a, b) => rank(a) - rank(b));
}

function stageTimes(trials: readonly TrialState[]): readonly StageTimes[] {
  const times = new Map<string, number[]>(pipeline.map((stage) => [stage, []]));
  for (const { stages } of trials) {
    for (const { stage, cause, duration_s: seconds } of stages) {
      if (cause === 'snapshot') continue;
      const known = times.get(stage);
      if (known === undefined) times.set(stage, [seconds]);
      else known.push(seconds);
    }
  }
  return [...times].flatMap(([stage, values]) => {
    const [median_s, p90_s] = [quantile(values, 0.5), quantile(values, 0.9)];
    if (median_s === null || p90_s === null) return [];
    const total_s = values.reduce((sum, value) => sum + value, 0);
    return [{ stage, count: values.length, median_s, p90_s, total_s }];
  });
}
