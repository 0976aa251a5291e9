import { expect, test } from 'vitest';
import type { ValidationRepeat } from '../../../src/runner/model';
import { testDifference, validationOf } from '../../../src/runner/model';

const repeat = (
  gold: string,
  empty: string | null = 'failed',
  passed = ['a'],
): ValidationRepeat => ({
  gold,
  empty,
  passed,
});

test.each<[expected: string, repeats: readonly ValidationRepeat[]]>([
  ['good', [repeat('passed'), repeat('passed')]],
  ['good', [repeat('passed', null)]],
  ['broken', [repeat('failed'), repeat('failed')]],
  ['broken', [repeat('passed', 'passed')]],
  ['broken', [repeat('empty_patch')]],
  ['flaky', [repeat('passed'), repeat('failed')]],
  ['flaky', [repeat('passed', 'passed'), repeat('passed', 'failed')]],
  ['flaky', [repeat('passed'), repeat('passed', 'failed', ['a', 'b'])]],
  ['unknown', [repeat('passed'), repeat('infra_failure')]],
  ['unknown', []],
])('a task is %s', (expected, repeats) => {
  expect(validationOf('t', repeats)).toMatchObject({ task_id: 't', state: expected });
});

test('the difference that a fix makes to the tests, over repeats', () => {
  const tests = (outcomes: Record<string, 'passed' | 'failed' | 'skipped'>) =>
    Object.entries(outcomes).map(([id, outcome]) => ({ id, outcome, duration_s: 0 }));
  const steady = { mended: 'failed', right: 'passed', left: 'skipped' } as const;
  const difference = testDifference([
    {
      before: tests({ ...steady, luck: 'failed' }),
      after: tests({ ...steady, mended: 'passed', added: 'passed', luck: 'passed' }),
    },
    {
      before: tests({ ...steady, luck: 'passed' }),
      after: tests({ ...steady, mended: 'passed', added: 'passed', luck: 'passed' }),
    },
  ]);
  expect(difference).toEqual({
    failToPass: ['added', 'mended'],
    passToPass: ['right'],
    flaky: ['luck'],
  });
});
