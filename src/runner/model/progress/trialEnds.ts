/** A trial that came to its end. */
export interface TrialEnd {
  readonly trial: string;
  /** Milliseconds, as Date.now(). */
  readonly at: number;
  readonly seconds: number;
  readonly node: string | null;
}

/** The recent past: so long, or as long as it takes for a few trials to end; never more trials than a glance can count. */
const recentMs = 300_000;
const fewEnds = 10;
const manyEnds = 1000;

/** What ended lately, and since when that is. */
export interface RecentEnds {
  readonly sinceMs: number;
  readonly ends: readonly TrialEnd[];
  /** It holds few: it says little of how things go now. */
  readonly few: boolean;
}

/** The ends of a run's trials in the order of their times, kept up as they come. */
export class TrialEnds {
  readonly #ends: TrialEnd[] = [];

  get count(): number {
    return this.#ends.length;
  }

  get last(): TrialEnd | undefined {
    return this.#ends.at(-1);
  }

  add(end: TrialEnd): void {
    // Mostly the last one. Ends that are read from folders come in the order of the plan.
    this.#ends.splice(this.#firstAfter(end.at), 0, end);
  }

  remove({ trial, at }: Pick<TrialEnd, 'trial' | 'at'>): void {
    for (let place = this.#firstAfter(at) - 1; this.#ends[place]?.at === at; place -= 1) {
      if (this.#ends[place]?.trial !== trial) continue;
      this.#ends.splice(place, 1);
      return;
    }
  }

  /** Those that ended after a moment. */
  countAfter(ms: number): number {
    return this.#ends.length - this.#firstAfter(ms);
  }

  recent(now: number, { startMs }: { readonly startMs: number }): RecentEnds {
    const fewth = this.#ends.at(-1 - fewEnds)?.at ?? -Infinity;
    const manieth = this.#ends.at(-1 - manyEnds)?.at ?? -Infinity;
    const sinceMs = Math.max(startMs, manieth, Math.min(now - recentMs, fewth));
    const ends = this.#ends.slice(this.#firstAfter(sinceMs));
    return { sinceMs, ends, few: ends.length < fewEnds };
  }

  #firstAfter(ms: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle]?.at ?? Infinity) <= ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
