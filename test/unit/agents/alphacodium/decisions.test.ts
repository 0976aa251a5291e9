import { describe, expect, it } from 'vitest';
import {
  chosenIndex,
  decideFix,
  distanceOf,
  solutionOfTry,
  withoutBruteForce,
} from '../../../../src/runner/agents/alphacodium/decisions';
import type { ContestRunTest } from '../../../../src/runner/model';

function solution(name: string): Parameters<typeof withoutBruteForce>[0][number] {
  return { name, outline: '', why: '', complexity: '' };
}

function ran(
  name: string,
  verdict: ContestRunTest['verdict'],
  actual: string | null = '',
  expected: string | null = '1 2 3 4',
): ContestRunTest {
  return { name, verdict, input: '', actual, expected, message: null };
}

describe('possible solutions', () => {
  it('leaves out the first that calls itself brute force', () => {
    const names = (...given: string[]): string[] =>
      withoutBruteForce(given.map(solution)).map(({ name }) => name);
    expect(names('Greedy', 'Brute-force search', 'Smart brute force')).toEqual([
      'Greedy',
      'Smart brute force',
    ]);
    expect(names('BRUTE FORCE')).toEqual(['BRUTE FORCE']);
    expect(names('Greedy', 'Sorting')).toEqual(['Greedy', 'Sorting']);
  });

  it('finds the chosen one by its name, as near as that is written', () => {
    const given = ['Greedy', 'Prefix sums', 'Prefix sums with a heap'].map(solution);
    expect(chosenIndex(given, { name: 'prefix sums' })).toBe(1);
    expect(chosenIndex(given, { name: '**Prefix-Sums**' })).toBe(1);
    expect(chosenIndex(given, { name: 'Solution 3: prefix sums with a heap' })).toBe(2);
    expect(chosenIndex(given, { name: 'with a heap' })).toBe(2);
    expect(chosenIndex(given, { name: 'something else' })).toBe(0);
  });

  it('writes the chosen one twice, then all in turn, beginning behind it', () => {
    const turns = (chosen: number, count: number, rotateFrom = 2): number[] =>
      Array.from({ length: 9 }, (_, retry) => solutionOfTry(retry, { chosen, count, rotateFrom }));
    expect(turns(0, 3)).toEqual([0, 0, 1, 2, 0, 1, 2, 0, 1]);
    expect(turns(1, 2)).toEqual([1, 1, 0, 1, 0, 1, 0, 1, 0]);
    expect(turns(0, 1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(turns(2, 3, 1)).toEqual([2, 0, 1, 2, 0, 1, 2, 0, 1]);
  });
});

describe('the distance of outputs', () => {
  it('is the share of tokens that are wrong', () => {
    expect(distanceOf([ran('a', 'passed', '1 2 3 4')])).toBe(0);
    expect(distanceOf([ran('a', 'wrong_answer', '1 2 3 5')])).toBe(0.25);
    expect(distanceOf([ran('a', 'wrong_answer', '1\n2\n')])).toBe(0.5);
    expect(distanceOf([ran('a', 'wrong_answer', '1 2 3 4 5 6 7 8')])).toBe(0.5);
    expect(distanceOf([ran('a', 'wrong_answer', '')])).toBe(1);
  });

  it('is never nothing for a wrong output, and most for one that did not end well', () => {
    expect(distanceOf([ran('a', 'wrong_answer', '1  2 3 4')])).toBeGreaterThan(0);
    expect(distanceOf([ran('a', 'wrong_answer', '1  2 3 4')])).toBeLessThan(0.25);
    for (const verdict of ['runtime_error', 'crash', 'time_limit', 'not_run'] as const)
      expect(distanceOf([ran('a', verdict, '1 2 3 4')])).toBe(2);
    expect(distanceOf([ran('a', 'runtime_error'), ran('b', 'wrong_answer')])).toBe(3);
    expect(distanceOf([])).toBe(0);
  });
});

describe('a fix', () => {
  const before = [ran('one', 'passed'), ran('two', 'wrong_answer', '9 9 9 9')];
  const decide = (
    after: readonly ContestRunTest[],
    { closerIsEnough = true, held = ['one'] } = {},
  ): ReturnType<typeof decideFix> =>
    decideFix({ target: 'two', held: new Set(held), before, after, closerIsEnough });

  it('is kept when it passes its test and all that held', () => {
    expect(decide([ran('one', 'passed'), ran('two', 'passed')])).toEqual({
      decision: 'kept',
      detail: 'it passes two',
    });
  });

  it('is reverted when it fails what passed before, though it passes its test', () => {
    for (const verdict of ['wrong_answer', 'time_limit', 'not_run'] as const)
      expect(decide([ran('one', verdict), ran('two', 'passed')])).toEqual({
        decision: 'reverted',
        detail: 'it fails what passed before: one',
      });
    // A test that is not there any more did not pass.
    expect(decide([ran('two', 'passed')]).decision).toBe('reverted');
  });

  it('is kept where nothing held', () => {
    expect(decide([ran('one', 'crash'), ran('two', 'passed')], { held: [] }).decision).toBe('kept');
  });

  it('that comes closer is kept on public tests, not on tests that may be wrong', () => {
    const closer = [ran('one', 'passed'), ran('two', 'wrong_answer', '1 2 9 9')];
    expect(decide(closer)).toEqual({
      decision: 'kept',
      detail: 'it fails two, but comes closer',
    });
    expect(decide(closer, { closerIsEnough: false })).toEqual({
      decision: 'reverted',
      detail: 'it still fails two',
    });
    expect(decide([ran('one', 'passed'), ran('two', 'wrong_answer', '9 9 9 8')]).decision).toBe(
      'reverted',
    );
  });
});
