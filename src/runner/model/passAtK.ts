import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Interval } from './statistics';
import { quantile } from './statistics';

/**
 * The unbiased estimate of pass@k from `n` candidates of which `c` pass: 1 − C(n−c, k) / C(n, k), as the product that
 * never leaves the range of numbers. null where n < k: nothing is known of k candidates then, and 0 would be a claim.
 * (M. Chen et al., Evaluating Large Language Models Trained on Code, 2021.)
 */
export function passAtK(n: number, c: number, k: number): number | null {
  if (n < k) return null;
  if (n - c < k) return 1;
  // The same product over k or over c factors; the fewer, the less is rounded: pass@1 is exactly c/n.
  const [few, many] = k < c ? [k, c] : [c, k];
  let allFail = 1;
  for (let i = n - few + 1; i <= n; i += 1) allFail *= (i - many) / i;
  return 1 - allFail;
}

/** What filtering by the public tests leaves of a problem's candidates. */
export interface FilteredCounts {
  /** All candidates. */
  readonly n: number;
  /** Those that pass the public tests. */
  readonly filtered: number;
  /** Those of the filtered ones that pass the tests that decide. */
  readonly correct: number;
}

/**
 * n@k: the probability that of `k` candidates, drawn without putting back, at most `submissions` are handed in after
 * filtering by the public tests (drawn again where more are left) and one of them is right. With as many submissions as
 * candidates it is pass@k. null where there are fewer than k candidates. (Y. Li et al., Competition-Level Code Generation
 * with AlphaCode, 2022.)
 */
export function solvedAtK(
  { n, filtered, correct }: FilteredCounts,
  k: number,
  submissions: number,
): number | null {
  if (n < k) return null;
  const least = Math.max(0, k - (n - filtered));
  const most = Math.min(filtered, k);
  let solved = 0;
  for (let left = least; left <= most; left += 1) {
    const probability = Math.exp(
      logChoose(filtered, left) + logChoose(n - filtered, k - left) - logChoose(n, k),
    );
    solved += probability * (passAtK(filtered, correct, Math.min(left, submissions)) ?? 0);
  }
  return Math.min(1, solved);
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= Math.min(k, n - k); i += 1) sum += Math.log((n - i + 1) / i);
  return sum;
}

/** Enough for the second digit of an interval's ends to stand still. */
const resamples = 2000;

/**
 * 95 % confidence interval of a mean, by drawing the values again with putting back (percentile bootstrap). The same
 * seed draws the same. null where there are fewer than two values: they do not tell how much they vary.
 */
export function bootstrapInterval(values: readonly number[], seed: number): Interval | null {
  if (values.length < 2) return null;
  const random = xoroshiro128plus(seed);
  const means = Array.from({ length: resamples }, () => {
    const sum = values.reduce(
      (all) => all + (values[uniformInt(random, 0, values.length - 1)] ?? 0),
      0,
    );
    return sum / values.length;
  });
  const [low, high] = [quantile(means, 0.025), quantile(means, 0.975)];
  return low === null || high === null ? null : { low, high };
}
