/** What is known of trials of one group: of a repository, a site, a competition. */
interface Group {
  ended: number;
  seconds: number;
  cost: number;
  /** Still to begin. */
  waiting: number;
}

/** What a trial is expected to come to. */
export interface Expected {
  readonly seconds: number;
  readonly cost: number;
}

/** A group's own mean counts fully once so many of its trials ended; until then the mean of all stands in for the rest. */
const trusted = 3;

/**
 * What trials of each group came to, so that those that wait are expected to be like those of their group: a run that
 * does its quick repositories first is not over soon.
 */
export class GroupMeans {
  readonly #groups = new Map<string, Group>();
  readonly #all: Group = { ended: 0, seconds: 0, cost: 0, waiting: 0 };

  get ended(): number {
    return this.#all.ended;
  }

  /** Mean of all that ended. */
  get meanCost(): number {
    return this.#all.cost / Math.max(1, this.#all.ended);
  }

  countEnd(group: string, { seconds, cost }: Expected, sign: 1 | -1): void {
    for (const counts of [this.#all, this.#of(group)]) {
      counts.ended += sign;
      counts.seconds += sign * seconds;
      counts.cost += sign * cost;
    }
  }

  countWaiting(group: string, count: number): void {
    this.#of(group).waiting += count;
  }

  /** What all that wait will come to. `mean`: what any trial does. */
  waiting(mean: Expected): Expected {
    let [seconds, cost] = [0, 0];
    for (const group of this.#groups.values()) {
      if (group.waiting === 0) continue;
      const of = group.ended + trusted;
      seconds += (group.waiting * (group.seconds + trusted * mean.seconds)) / of;
      cost += (group.waiting * (group.cost + trusted * mean.cost)) / of;
    }
    return { seconds, cost };
  }

  #of(name: string): Group {
    const group = this.#groups.get(name) ?? { ended: 0, seconds: 0, cost: 0, waiting: 0 };
    this.#groups.set(name, group);
    return group;
  }
}
