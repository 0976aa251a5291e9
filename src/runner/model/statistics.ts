/** 97.5 % point of the standard normal distribution: two-sided intervals of 95 %. */
const z95 = 1.959963984540054;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * 95 % confidence interval of a rate, by Wilson's score: unlike the usual one it is right for few trials and for rates
 * near 0 and 1. null when there are no trials. (E. B. Wilson, JASA 22, 1927.)
 */
export function wilsonInterval(successes: number, trials: number): Interval | null {
  if (trials === 0) return null;
  const rate = successes / trials;
  const z2 = z95 * z95;
  const centre = (rate + z2 / (2 * trials)) / (1 + z2 / trials);
  const half =
    (z95 / (1 + z2 / trials)) *
    Math.sqrt((rate * (1 - rate)) / trials + z2 / (4 * trials * trials));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * Two-sided p-value of McNemar's exact test: how probable it is that two agents of equal strength differ at least so
 * much on the same tasks. `fixed`, `broken`: tasks that only the second, only the first solved. (Q. McNemar,
 * Psychometrika 12, 1947; exact by the binomial distribution with p = 1/2.)
 */
export function mcnemarExact(fixed: number, broken: number): number {
  const n = fixed + broken;
  let tail = 0;
  let logTerm = -n * Math.LN2;
  for (let k = 0; k <= Math.min(fixed, broken); k += 1) {
    if (k > 0) logTerm += Math.log((n - k + 1) / k);
    tail += Math.exp(logTerm);
  }
  return Math.min(1, 2 * tail);
}

/**
 * The value that a share `q` of all values does not exceed, between two neighbours in proportion to where it lies (the
 * usual definition, type 7). null when there are none.
 */
export function quantile(values: readonly number[], q: number): number | null {
  return quantileOfSorted(
    [...values].sort((a, b) => a - b),
    q,
  );
}

/** The same of values that are in their order already, the smallest first. */
export function quantileOfSorted(sorted: readonly number[], q: number): number | null {
  const place = (sorted.length - 1) * q;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return null;
  return below + (above - below) * (place - Math.floor(place));
}

/** Arithmetic mean. NaN where there are no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard error of the mean, with the sample's standard deviation (n − 1). null for fewer than two values. */
export function standardError(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
