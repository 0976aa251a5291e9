import type { RunState, TrialResult, TrialState } from '../runner/index';
import { classOf, totalsOf } from '../runner/model';

/** A trial that two runs tried, by what became of it. */
export interface TrialPair {
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
  /** Has not ended in one of them. */
  readonly open: readonly TrialPair[];
  readonly onlyInFirst: readonly string[];
  readonly onlyInSecond: readonly string[];
}

export function pairRuns(first: RunState, second: RunState): RunPairs {
  const pairs = [...first.trials].flatMap(([trialId, trial]) => {
    const other = second.trials.get(trialId);
    return other === undefined ? [] : [{ trialId, first: trial, second: other }];
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
    onlyInFirst: [...first.trials.keys()].filter((id) => !second.trials.has(id)),
    onlyInSecond: [...second.trials.keys()].filter((id) => !first.trials.has(id)),
  };
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

/** What became of a trial from one run to another; `open`: it has not ended in one of them. */
export function changeOf(first: TrialResult | null, second: TrialResult | null): Change {
  if (first === null || second === null) return 'open';
  const before = classOf(first.status) === 'resolved';
  const after = classOf(second.status) === 'resolved';
  if (before) return after ? 'both' : 'broken';
  return after ? 'fixed' : 'neither';
}

/** `3 of 8 resolved`. */
export function resolvedOf(state: RunState): string {
  const { resolved, total } = totalsOf(state);
  return `${resolved} of ${total} resolved`;
}
