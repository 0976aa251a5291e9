import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Which of `count` things belong to a share of them, at least one. The same count, rate and seed give the same ones. */
export function sampledIndexes(
  count: number,
  { rate, seed }: { readonly rate: number; readonly seed: number },
): ReadonlySet<number> {
  const random = xoroshiro128plus(seed);
  const drawn = Array.from({ length: count }, (_, n) => n);
  const wanted = count === 0 ? 0 : Math.max(1, Math.round(count * rate));
  // The first steps of a shuffle (Fisher and Yates).
  for (let n = 0; n < wanted; n += 1) {
    const other = uniformInt(random, n, drawn.length - 1);
    [drawn[n], drawn[other]] = [drawn[other] ?? n, drawn[n] ?? n];
  }
  return new Set(drawn.slice(0, wanted));
}
