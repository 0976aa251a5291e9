import { describe, expect, it } from 'vitest';
import { lifetimesOf } from '../../../src/runner/model';

describe('how long trials last', () => {
  it('is the mean, once all have ended', () => {
    const lives = lifetimesOf([1, 2, 3, 6], []);
    expect(lives?.mean).toBeCloseTo(3);
    expect(lives?.unseen).toBe(0);
    expect(lives?.left(0)).toBeCloseTo(3);
    // Of those that last beyond 2: 1 and 4 are left.
    expect(lives?.left(2)).toBeCloseTo(2.5);
  });

  it('counts those that go on: the textbook example of Kaplan and Meier', () => {
    // Ends at 1, 3 and 6; others were seen until 2, 4 and 5: S = 5/6, 5/8, 0.
    const lives = lifetimesOf([1, 3, 6], [2, 4, 5]);
    expect(lives?.mean).toBeCloseTo(1 + (5 / 6) * 2 + (5 / 8) * 3);
  });

  it('of one that outlasts all that ended is a guess by the mean', () => {
    const lives = lifetimesOf([10, 10], [50]);
    expect(lives?.unseen).toBeCloseTo(1 / 3);
    expect(lives?.left(50)).toBeCloseTo(35);
    expect(lives?.left(90)).toBeCloseTo(35);
  });

  it('does not take the short ones that end first for all', () => {
    const lives = lifetimesOf([10], [10, 10, 10]);
    expect(lives?.mean).toBeGreaterThan(25);
  });

  it('is not known before one has ended', () => {
    expect(lifetimesOf([], [5, 7])).toBeNull();
  });
});
