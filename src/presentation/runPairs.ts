import type { RunState, TrialResult, TrialState } from '../runner/index';
import { classOf, totalsOf } from '../runner/model';

/** A trial that two runs tried, by what became of it. */
export interface TrialPair {
  /** Its id in the first run. */
  readonly trialId: string;
  readonly first: TrialState;
  readonly second: TrialState;
}

/** Two runs beside each other, paired by task and attempt. */
export interface RunPairs {
  /** Resolved by the second run only. */
  readonly fixed: readonly TrialPair[];
  /** Resolved by the first run only. */
  readonly broken: readonly TrialPair[];
  readonly bothResolved: readonly TrialPair[];
  readonly neitherResolved: readonly TrialPair[];
  /** Nothing can be said of it: it has not come to its end in one of them, or the infrastructure failed there. */
  readonly open: readonly TrialPair[];
  readonly onlyInFirst: readonly string[];
  readonly onlyInSecond: readonly string[];
}

export function pairRuns(first: RunState, second: RunState): RunPairs {
  const others = byTaskAndAttempt(second);
  const own = byTaskAndAttempt(first);
  const pairs = [...own].flatMap(([key, trial]) => {
    const other = others.get(key);
    return other === undefined
      ? []
      : [{ trialId: trial.plan.trial_id, first: trial, second: other }];
  });
  const kept = pairs.map((pair) => ({
    pair,
    kind: changeOf(pair.first.result, pair.second.result),
  }));
  const of = (kind: Change): readonly TrialPair[] =>
    kept.filter((one) => one.kind === kind).map(({ pair }) => pair);
  return {
    fixed: of('fixed'),
    broken: of('broken'),
    bothResolved: of('both'),
    neitherResolved: of('neither'),
    open: of('open'),
    onlyInFirst: idsWithout(own, others),
    onlyInSecond: idsWithout(others, own),
  };
}

type Trials = ReadonlyMap<string, TrialState>;

/** Trials by what they are tries of: two runs may name their folders differently. */
export function byTaskAndAttempt(state: RunState): Trials {
  return new Map(
    [...state.trials.values()].map((trial) => [
      `${trial.plan.task_id}\n${String(trial.plan.attempt)}`,
      trial,
    ]),
  );
}

function idsWithout(trials: Trials, others: Trials): readonly string[] {
  return [...trials].filter(([key]) => !others.has(key)).map(([, { plan }]) => plan.trial_id);
}

/** The trials that one run resolved and the other did not, those first that were broken. */
export function changedTrials({
  first,
  second,
}: {
  readonly first: { readonly state: RunState };
  readonly second: { readonly state: RunState };
}): readonly string[] {
  const { broken, fixed } = pairRuns(first.state, second.state);
  return [...broken, ...fixed].map(({ trialId }) => trialId);
}

export type Change = 'fixed' | 'broken' | 'both' | 'neither' | 'open';

/**
 * What became of a trial from one run to another. `open`: in one of them it did not come to its end, or the
 * infrastructure failed, which says nothing of the agents.
 */
export function changeOf(first: TrialResult | null, second: TrialResult | null): Change {
  if (first === null || second === null) return 'open';
  const [before, after] = [classOf(first.status), classOf(second.status)];
  if ([before, after].some((end) => end === 'infra_failure' || end === 'incomplete')) return 'open';
  if (before === 'resolved') return after === 'resolved' ? 'both' : 'broken';
  return after === 'resolved' ? 'fixed' : 'neither';
}

/** `3 of 8 resolved`. */
export function resolvedOf(state: RunState): string {
  const { resolved, total } = totalsOf(state);
  return `${resolved} of ${total} resolved`;
}
