import { describe, expect, it } from 'vitest';
import { groupTests } from '../../../src/presentation/testItems';
import type { TestCase, TrialTests, Verdict } from '../../../src/runner/index';

const test = (
  id: string,
  outcome: TestCase['outcome'],
  more: Partial<TestCase> = {},
): TestCase => ({
  id,
  outcome,
  duration_s: 0.0126,
  ...more,
});
const tests: TrialTests = {
  before: [
    test('tests/test_a.py::test_fix', 'failed'),
    test('tests/test_a.py::test_keep', 'passed'),
  ],
  after: [
    test('tests/test_a.py::test_fix', 'passed', { file: 'tests/test_a.py', line: 12 }),
    test('tests/test_a.py::TestB::test_keep2[x]', 'failed', {
      message: 'assert 1 == 2',
      expected: '2',
      actual: '1',
    }),
    test('tests/test_a.py::test_keep', 'passed'),
    test('tests/test_a.py::test_new', 'xfailed'),
  ],
};
const verdict: Verdict = {
  resolution: 'partial',
  FAIL_TO_PASS: { success: ['tests/test_a.py::test_fix'], failure: ['tests/test_a.py::test_gone'] },
  PASS_TO_PASS: {
    success: ['tests/test_a.py::test_keep'],
    failure: ['tests/test_a.py::TestB::test_keep2[x]'],
  },
};

describe('groupTests', () => {
  it('puts tests into the groups of the verdict, what failed first', () => {
    const outline = groupTests(tests, verdict).map((group) => [
      group.label,
      group.tests.map(({ label, outcome, description }) => [label, outcome, description]),
    ]);
    expect(outline).toEqual([
      [
        'FAIL_TO_PASS',
        [
          ['test_gone', 'errored', 'did not run'],
          ['test_fix', 'passed', 'failed → passed'],
        ],
      ],
      [
        'PASS_TO_PASS',
        [
          ['TestB::test_keep2[x]', 'failed', ''],
          ['test_keep', 'passed', ''],
        ],
      ],
      ['Other Tests', [['test_new', 'passed', '']]],
    ]);
  });

  it('keeps message, both sides and place', () => {
    const [fail, pass] = groupTests(tests, verdict);
    expect(fail?.tests[1]).toMatchObject({ file: 'tests/test_a.py', line: 12, durationMs: 13 });
    expect(pass?.tests[0]).toMatchObject({
      message: 'assert 1 == 2',
      expected: '2',
      actual: '1',
      file: 'tests/test_a.py',
      line: null,
    });
  });

  it('puts what was wrong before the source that pytest prints first', () => {
    const message =
      'def test_a():\n>   assert 1 == 2\nE   assert 1 == 2\nE     more\n\ntests/test_a.py:3';
    const after = [test('tests/test_a.py::test_a', 'failed', { message })];
    const [group] = groupTests({ before: null, after }, null);
    expect(group?.tests[0]?.message).toBe(`assert 1 == 2\n\n${message}`);
  });

  it('has one group where the task names no tests, and none where nothing ran', () => {
    expect(groupTests(tests, null).map((group) => group.label)).toEqual(['Tests']);
    expect(groupTests({ before: null, after: null }, null)).toEqual([]);
  });
});
