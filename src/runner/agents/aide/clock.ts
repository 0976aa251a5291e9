import { trialBudget } from '../../model';
import type { AgentContext } from '../agent';

/** What is kept free at the end, so that the best solution stands when the time is over. */
const reserve = { share: 0.02, leastMs: 2000, mostMs: 30_000 } as const;

/** A program that may only run for a moment teaches nothing. */
const leastRunMs = 1000;

/** The time that a trial has left, by the agent's limit and by the trial's budget. */
export class Clock {
  readonly #context: AgentContext;
  readonly #budgetMs: number;
  readonly #startedAt: number;
  readonly #now: () => number;

  constructor(context: AgentContext, { now = () => performance.now() } = {}) {
    this.#context = context;
    this.#budgetMs = (trialBudget(context.config).time_s ?? Infinity) * 1000;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Milliseconds that may still be worked. */
  get leftMs(): number {
    const { limits, remainingMs } = this.#context;
    const kept = Math.min(
      reserve.mostMs,
      Math.max(reserve.leastMs, limits.agent * 1000 * reserve.share),
    );
    const ofBudget = this.#budgetMs - (this.#now() - this.#startedAt);
    return Math.max(0, Math.min(remainingMs(), ofBudget) - kept);
  }

  /** Milliseconds that a program may run now, at most `limitS` seconds; null: too little is left. */
  runMs(limitS: number): number | null {
    const ms = Math.floor(Math.min(limitS * 1000, this.leftMs));
    return ms < leastRunMs ? null : ms;
  }
}

const second = 1;
const minute = 60;
const hour = 3600;
/** Whole steps that people count in. */
const steps = [
  ...[1, 2, 5, 10, 15, 20, 30, 45].map((count) => ({ unit: second, count, name: 'second' })),
  ...[1, 2, 3, 5, 10, 15, 20, 30, 45].map((count) => ({ unit: minute, count, name: 'minute' })),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 21, 24].map((count) => ({
    unit: hour,
    count,
    name: 'hour',
  })),
];

/**
 * A duration in round words, never longer than it is: `45 minutes`. Coarse, so that a trial that is run again asks the same
 * questions although it is a little faster or slower.
 */
export function roundDuration(ms: number): string {
  const found = steps.findLast(({ unit, count }) => unit * count * 1000 <= ms);
  if (found === undefined) return 'less than a second';
  return `${String(found.count)} ${found.name}${found.count === 1 ? '' : 's'}`;
}
