import type { TrialState } from '../runState';
import { classOf } from '../trialClass';
import type { TrialEnd } from './trialEnds';

/** What one machine of a cluster did and does. */
export interface NodeProgress {
  readonly node: string;
  /** Trials that it began last. */
  readonly trials: number;
  readonly running: number;
  readonly resolved: number;
  /** Ended, and not resolved. */
  readonly failures: number;
  /** Of these, by infrastructure. */
  readonly infra_failures: number;
  /** Trials a minute lately; null: the run does not go on. */
  readonly rate: number | null;
}

type Counts = Record<Exclude<keyof NodeProgress, 'node' | 'rate'>, number>;

/** Trials by the machine that ran them, kept up as they go on. */
export class NodeTrials {
  readonly #nodes = new Map<string, Counts>();

  count(trial: TrialState, sign: 1 | -1): void {
    if (trial.node === null) return;
    const counts = this.#nodes.get(trial.node) ?? {
      trials: 0,
      running: 0,
      resolved: 0,
      failures: 0,
      infra_failures: 0,
    };
    this.#nodes.set(trial.node, counts);
    counts.trials += sign;
    if (trial.phase === 'running') counts.running += sign;
    if (trial.result === null) return;
    const kind = classOf(trial.result.status);
    if (kind === 'resolved') counts.resolved += sign;
    else if (kind !== 'not_applicable') counts.failures += sign;
    if (kind === 'infra_failure') counts.infra_failures += sign;
  }

  /** By name. `minutes`: how long these ends took; null: the run does not go on. */
  all(ends: readonly TrialEnd[], minutes: number | null): readonly NodeProgress[] {
    const recent = new Map<string | null, number>();
    for (const { node } of ends) recent.set(node, (recent.get(node) ?? 0) + 1);
    return [...this.#nodes]
      .filter(([, { trials }]) => trials > 0)
      .sort(([a], [b]) => collator.compare(a, b))
      .map(([node, counts]) => ({
        node,
        ...counts,
        running: minutes === null ? 0 : counts.running,
        rate: minutes === null || minutes <= 0 ? null : (recent.get(node) ?? 0) / minutes,
      }));
  }
}

const collator = new Intl.Collator('en', { numeric: true });
