import { describe, expect, test } from 'vitest';
import { ends, isSignOff, Progress } from '../../../src/runner/agents/endings';
import type { ToolCallOutcome } from '../../../src/runner/agents/toolbox';
import type { RunConfig, ToolCall } from '../../../src/runner/model';
import { runConfigSchema } from '../../../src/runner/model';

const outcome = (parts: Partial<ToolCallOutcome>): ToolCallOutcome => ({
  ok: true,
  text: '',
  bytes: 0,
  args: {},
  durationMs: 0,
  changesFiles: false,
  understood: true,
  ends: null,
  testTail: null,
  ...parts,
});
const config = (value: RunConfig['end_when_tests_pass']): RunConfig =>
  runConfigSchema.parse({ end_when_tests_pass: value });

describe('the end of an episode', () => {
  test.each([
    ['===== 3 passed in 0.12s =====', 'tests_passed'],
    ['3 passed, 1 skipped in 1.00s', 'tests_passed'],
    ['==== 3 passed, 2 warnings in 61.02s (0:01:01) ====', 'tests_passed'],
    ['===== 1 failed, 3 passed in 0.12s =====', null],
    ['===== 3 passed, 1 error in 0.12s =====', null],
    ['===== no tests ran in 0.01s =====', null],
    ['I think that 3 passed', null],
  ])('%s → %s', (testTail, status) => {
    expect(ends(outcome({ testTail }), config(true))).toBe(status);
    expect(ends(outcome({ testTail }), config(false))).toBeNull();
  });

  test('a pattern of the user decides in place of the usual one', () => {
    expect(ends(outcome({ testTail: 'OK (7 tests)' }), config('^OK \\('))).toBe('tests_passed');
    expect(ends(outcome({ testTail: '3 passed in 0.1s' }), config('^OK \\('))).toBeNull();
    expect(runConfigSchema.safeParse({ end_when_tests_pass: '(' }).success).toBe(false);
  });

  test('a submit ends it whatever the tests say', () => {
    expect(ends(outcome({ ends: 'submitted', testTail: '1 failed' }), config(true))).toBe(
      'submitted',
    );
  });

  test('words of signing off are seen on a line of their own only', () => {
    expect(isSignOff('All done.\n\nTERMINATE')).toBe(true);
    expect(isSignOff('**TERMINATE**')).toBe(true);
    expect(isSignOff('The process gets a TERMINATE signal, which')).toBe(false);
    expect(isSignOff('')).toBe(false);
  });
});

describe('going in circles', () => {
  const call = (name: string): ToolCall => ({ id: '1', name, arguments: '{}' });
  const stuckAfter = (turns: readonly (readonly [string, string])[]): number => {
    const progress = new Progress();
    return turns.findIndex(([name, text]) => progress.isStuck([call(name)], [outcome({ text })]));
  };

  test('the same action with the same result four times', () => {
    expect(stuckAfter(Array.from({ length: 6 }, () => ['ls', 'a.py'] as const))).toBe(3);
  });

  test('two actions in turn, four times', () => {
    const turns = Array.from(
      { length: 10 },
      (_, n) => [n % 2 === 0 ? 'ls' : 'test', 'same'] as const,
    );
    expect(stuckAfter(turns)).toBe(7);
  });

  test('the same action with other results is progress', () => {
    expect(stuckAfter(Array.from({ length: 9 }, (_, n) => ['test', String(n)] as const))).toBe(-1);
  });
});
