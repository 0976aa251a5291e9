import { describe, expect, test } from 'vitest';
import { errorOf } from '../../../src/server/runViews';

const runDir = '/runs/one';

describe('what a run tells of an end before its time', () => {
  test.each([
    ['max_cost', /reached its limit.*benchyard resume \/runs\/one/],
    ['disk', /could not go on.*benchyard resume \/runs\/one/],
  ])('stopped by %s', (endCause, message) => {
    expect(errorOf({ phase: 'cancelled', runDir, endCause }, null)).toEqual({
      code: endCause,
      message: expect.stringMatching(message) as unknown,
    });
  });

  test.each([
    ['cancelled', 'user'],
    ['finished', null],
    ['running', null],
  ] as const)('%s (%s): nothing to mend', (phase, endCause) => {
    expect(errorOf({ phase, runDir, endCause }, null)).toBeNull();
  });

  test('whoever ran it died', () => {
    expect(errorOf({ phase: 'interrupted', runDir, endCause: null }, null)).toMatchObject({
      code: 'interrupted',
    });
  });
});
