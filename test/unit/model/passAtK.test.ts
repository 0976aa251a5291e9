import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { bootstrapInterval, mean, passAtK, solvedAtK } from '../../../src/runner/model';
import { sharedData } from '../../support/sharedData';

describe('pass@k', () => {
  test('is the share of right candidates for k = 1', () => {
    expect(passAtK(6, 3, 1)).toBe(0.5);
    expect(passAtK(10, 3, 1)).toBeCloseTo(0.3, 12);
    expect(passAtK(10, 0, 1)).toBe(0);
    expect(passAtK(10, 10, 1)).toBe(1);
  });

  test('is what counting all draws comes to', () => {
    // 2 of 5 right, draw 2: C(3,2)/C(5,2) = 3/10 draws have none.
    expect(passAtK(5, 2, 2)).toBeCloseTo(0.7, 12);
    // A draw of 4 of 5 must have one of the 2 right ones.
    expect(passAtK(5, 2, 4)).toBe(1);
  });

  test('is undefined where there are fewer than k candidates, and never 0', () => {
    expect(passAtK(9, 0, 10)).toBeNull();
    expect(passAtK(9, 9, 10)).toBeNull();
    expect(passAtK(0, 0, 1)).toBeNull();
  });

  test('stays a number for many candidates', () => {
    expect(passAtK(100_000, 1, 1000)).toBeCloseTo(0.01, 9);
  });

  const verdicts = sharedData('contests/humaneval_codegen16B_n100.verdicts.json');
  test.skipIf(verdicts === null)('of 164 × 100 real samples agrees to six digits', () => {
    const tasks = z
      .array(z.object({ n: z.int(), c: z.int() }))
      .parse(JSON.parse(readFileSync(verdicts ?? '', 'utf8')));
    const estimate = (k: number): string =>
      mean(tasks.map(({ n, c }) => passAtK(n, c, k) ?? Number.NaN)).toFixed(6);
    expect([1, 10, 100].map(estimate)).toEqual(['0.220976', '0.503702', '0.737805']);
  });
});

describe('n@k', () => {
  test('with as many submissions as candidates is pass@k, when no right candidate is filtered out', () => {
    for (const k of [1, 3, 7])
      expect(solvedAtK({ n: 10, filtered: 6, correct: 2 }, k, k)).toBeCloseTo(
        passAtK(10, 2, k) ?? 0,
        12,
      );
  });

  test('fewer submissions solve less', () => {
    // All 4 pass the public tests, 1 is right, one submission: one in four.
    expect(solvedAtK({ n: 4, filtered: 4, correct: 1 }, 4, 1)).toBeCloseTo(0.25, 12);
    // The filter leaves just the right one.
    expect(solvedAtK({ n: 4, filtered: 1, correct: 1 }, 4, 1)).toBeCloseTo(1, 12);
    // Two draws of four: both filtered ones (1/6), one of them (4/6), none (1/6); the right one is handed in half the time.
    expect(solvedAtK({ n: 4, filtered: 2, correct: 1 }, 2, 1)).toBeCloseTo(1 / 12 + 4 / 12, 12);
  });

  test('is 0 where nothing passes the public tests, undefined where there are fewer than k candidates', () => {
    expect(solvedAtK({ n: 4, filtered: 0, correct: 0 }, 4, 2)).toBe(0);
    expect(solvedAtK({ n: 4, filtered: 2, correct: 1 }, 5, 2)).toBeNull();
  });
});

describe('the bootstrap interval', () => {
  const values = Array.from({ length: 164 }, (_, n) => (n % 4 === 0 ? 1 : 0));

  test('is the same for the same seed, and another one for another', () => {
    const shares = values.map((_, n) => Math.sqrt(n) / 13);
    expect(bootstrapInterval(shares, 7)).toEqual(bootstrapInterval(shares, 7));
    expect(bootstrapInterval(shares, 7)).not.toEqual(bootstrapInterval(shares, 8));
  });

  test('has the mean in it and the width of its standard error', () => {
    const { low, high } = bootstrapInterval(values, 0) ?? { low: 1, high: 0 };
    const error = Math.sqrt((0.25 * 0.75) / 164);
    expect(low).toBeGreaterThan(0.25 - 2.3 * error);
    expect(low).toBeLessThan(0.25 - 1.6 * error);
    expect(high).toBeGreaterThan(0.25 + 1.6 * error);
    expect(high).toBeLessThan(0.25 + 2.3 * error);
  });

  test('is not made of one value, and has no width where all are equal', () => {
    expect(bootstrapInterval([0.5], 0)).toBeNull();
    expect(bootstrapInterval([0.5, 0.5], 0)).toEqual({ low: 0.5, high: 0.5 });
  });
});
