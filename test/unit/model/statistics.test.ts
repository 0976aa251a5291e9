import { describe, expect, test } from 'vitest';
import { mcnemarExact, wilsonInterval } from '../../../src/runner/model';

describe('statistics', () => {
  // Expected values by the closed formulas in another language, in exact arithmetic where there is one.
  test.each([
    [0, 10, 0, 0.27753279986288],
    [5, 10, 0.23659309051256, 0.76340690948744],
    [10, 10, 0.72246720013712, 1],
    [150, 500, 0.26148193, 0.3415678],
  ])('Wilson interval of %d of %d', (successes, trials, low, high) => {
    const interval = wilsonInterval(successes, trials);
    expect(interval?.low).toBeCloseTo(low, 4);
    expect(interval?.high).toBeCloseTo(high, 4);
  });

  test('no trials, no interval', () => {
    expect(wilsonInterval(0, 0)).toBeNull();
  });

  test.each([
    [0, 0, 1],
    [5, 5, 1],
    [1, 0, 1],
    [8, 1, 0.0390625],
    [20, 6, 0.009355],
    [1200, 1000, 2.1817e-5],
  ])('McNemar of %d fixed and %d broken', (fixed, broken, p) => {
    expect(mcnemarExact(fixed, broken)).toBeCloseTo(p, 5);
    expect(mcnemarExact(broken, fixed)).toBeCloseTo(p, 5);
  });
});
