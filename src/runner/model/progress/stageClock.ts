import { orderOfStages } from '../runBreakdown';
import type { StageTimes } from '../runBreakdown';
import type { StageResult } from '../result';
import { quantileOfSorted } from '../statistics';
import { SortedNumbers } from './sortedNumbers';

interface Clock {
  readonly times: SortedNumbers;
  count: number;
  total: number;
}

/** How long each stage takes, kept up as stages end. A stage that a kept environment spared costs no time. */
export class StageClock {
  readonly #clocks = new Map<string, Clock>();

  /** Stages of one trial that are other ones than before; both lists hold the same objects where nothing changed. */
  replace(before: readonly StageResult[], now: readonly StageResult[]): void {
    if (before === now) return;
    for (const [n, stage] of before.entries()) if (now[n] !== stage) this.#count(stage, -1);
    for (const [n, stage] of now.entries()) if (before[n] !== stage) this.#count(stage, 1);
  }

  /** In the order of the pipeline. */
  get times(): readonly StageTimes[] {
    return orderOfStages([...this.#clocks.keys()]).flatMap((stage) => {
      const { times, count, total } = this.#clockOf(stage);
      const [median_s, p90_s] = [0.5, 0.9].map((q) => quantileOfSorted(times.values, q));
      if (median_s === null || median_s === undefined) return [];
      return [{ stage, count, median_s, p90_s: p90_s ?? median_s, total_s: total }];
    });
  }

  #count({ stage, cause, duration_s: seconds }: StageResult, sign: 1 | -1): void {
    if (cause === 'snapshot') return;
    const clock = this.#clockOf(stage);
    clock.count += sign;
    clock.total += sign * seconds;
    if (sign === 1) clock.times.add(seconds);
    else clock.times.remove(seconds);
  }

  #clockOf(stage: string): Clock {
    const clock = this.#clocks.get(stage) ?? { times: new SortedNumbers(), count: 0, total: 0 };
    this.#clocks.set(stage, clock);
    return clock;
  }
}
