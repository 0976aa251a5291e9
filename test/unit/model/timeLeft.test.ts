import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect, it } from 'vitest';
import type { TrialPlan } from '../../../src/runner/model';
import { ProgressCounter } from '../../../src/runner/model';
import { planOf, resultOf, Story } from '../presentation/fixtures';

const begin = Date.parse('2026-01-31T08:05:09.000Z');
const at = (seconds: number): string => new Date(begin + seconds * 1000).toISOString();

interface Simulation {
  readonly seed: number;
  readonly trials: number;
  readonly concurrency: number;
  /** Seconds of a trial, from a number between 0 and 1. */
  readonly seconds: (share: number) => number;
}

/** Predicted over true time left, ours and of whoever divides what is left by the rate so far, as trials end. */
function simulate({ seed, trials, concurrency, seconds }: Simulation): {
  readonly ours: readonly number[];
  readonly naive: readonly number[];
} {
  const random = xoroshiro128plus(seed);
  // Its first numbers are those of its seed.
  for (let n = 0; n < 50; n += 1) uniformFloat64(random);
  const plans = Array.from({ length: trials }, (_, n) => planOf(`t${String(n)}`, n));
  const waiting = plans.map((plan) => ({ plan, takes: seconds(uniformFloat64(random)) }));
  const story = new Story(plans);
  const counter = new ProgressCounter().take(story.state);
  const running: { readonly plan: TrialPlan; readonly takes: number; readonly end: number }[] = [];
  const told: { readonly now: number; readonly ours: number; readonly naive: number }[] = [];
  let now = 0;
  const fill = (): void => {
    while (running.length < concurrency && waiting.length > 0) {
      const next = waiting.shift();
      if (next === undefined) return;
      running.push({ ...next, end: now + next.takes });
      story.tell({ type: 'trial.started', trial: next.plan.trial_id }, at(now));
      counter.take(story.state, [next.plan.trial_id]);
    }
  };
  fill();
  for (let ended = 1; ended <= trials; ended += 1) {
    running.sort((a, b) => a.end - b.end);
    const first = running.shift();
    if (first === undefined) break;
    const { plan, takes, end } = first;
    now = end;
    const result = resultOf(plan, { duration_s: takes });
    story.tell({ type: 'trial.ended', trial: plan.trial_id, result }, at(now));
    counter.take(story.state, [plan.trial_id]);
    fill();
    const ours = counter.progress(begin + now * 1000).time_left?.seconds ?? NaN;
    told.push({ now, ours, naive: ((trials - ended) * now) / ended });
  }
  const some = told.filter((_, n) => n >= trials * 0.02 && n < trials * 0.9);
  return {
    ours: some.map((one) => one.ours / (now - one.now)),
    naive: some.map((one) => one.naive / (now - one.now)),
  };
}

/** How far off on average, as a factor: 0 is right, 0.1 is a tenth too long or too short. */
function errorOf(ratios: readonly number[]): number {
  return ratios.reduce((sum, ratio) => sum + Math.abs(Math.log(ratio)), 0) / ratios.length;
}

const kinds: readonly (readonly [string, (share: number) => number])[] = [
  ['nearly alike', (share) => 50 + 20 * share],
  ['spread evenly', (share) => 10 + 100 * share],
  ['mostly short, some very long', (share) => 20 * (1 - share) ** -0.35],
];

it.each(kinds)(
  'trials that are %s: the end is told better than by the rate so far',
  (_, seconds) => {
    const errors = [1, 2, 3, 4, 5].map((seed) => {
      const { ours, naive } = simulate({ seed, trials: 200, concurrency: 16, seconds });
      return { ours: errorOf(ours), naive: errorOf(naive) };
    });
    const mean = (key: 'ours' | 'naive'): number =>
      errors.reduce((sum, error) => sum + error[key], 0) / errors.length;
    expect(mean('ours')).toBeLessThan(0.2);
    expect(mean('ours')).toBeLessThan(mean('naive'));
  },
);
