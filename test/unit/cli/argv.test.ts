import { describe, expect, test } from 'vitest';
import { normalizeArgv } from '../../../src/cli/argv';
import { statusOf } from '../../../src/cli/context';
import { RunnerError } from '../../../src/runner/model';

describe('normalizeArgv', () => {
  test.each<[string[], string[]]>([
    [
      ['run', '--task_id', 'a_b', '--timeout_test=5'],
      ['run', '--task-id', 'a_b', '--timeout-test=5'],
    ],
    [
      ['run', '--config=my_file.json'],
      ['run', '--config=my_file.json'],
    ],
    [
      ['eval', 'pass_at_k', '--dataset_name', 'x_y'],
      ['eval', 'pass-at-k', '--dataset-name', 'x_y'],
    ],
    [
      ['gen', 'solve_and_test_problem'],
      ['gen', 'solve-problem'],
    ],
    [
      ['gen', 'solve_and_evaluate_set'],
      ['gen', 'solve-set'],
    ],
    [
      ['run', '--repo', 'pass_at_k'],
      ['run', '--repo', 'pass_at_k'],
    ],
    [
      ['run', '--', '--task_id'],
      ['run', '--', '--task_id'],
    ],
    [
      ['eval', '--k-values', '-1', '1'],
      ['eval', '--k-values', '-1', '1'],
    ],
  ])('%j', (argv, expected) => {
    expect(normalizeArgv(argv)).toEqual(expected);
  });
});

test('what the user can mend in the call is 2, what the machine lacks is 3', () => {
  for (const code of ['invalid-config', 'invalid-task', 'not-found', 'locked'] as const) {
    expect(statusOf(new RunnerError(code, ''))).toBe(2);
  }
  for (const code of ['docker-unavailable', 'docker-denied', 'no-sandbox', 'disk-full'] as const) {
    expect(statusOf(new RunnerError(code, ''))).toBe(3);
  }
  expect(statusOf(new Error('a bug'))).toBe(3);
});
