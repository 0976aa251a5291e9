import { describe, expect, test } from 'vitest';
import { steering } from '../../../../src/runner/benchmarks/swe/evaluateOfficial';
import type { OfficialRun, Signs } from '../../../../src/runner/benchmarks/swe/officialEvidence';
import { contradictionIn, signsOf } from '../../../../src/runner/benchmarks/swe/officialEvidence';
import { grade, instance, logOf } from './official';

const task = instance({
  FAIL_TO_PASS: '["t.py::fixed[a b]"]',
  PASS_TO_PASS: '["t.py::kept", "t.py::skipped"]',
});
const summary = 'PASSED t.py::fixed[a b]\nPASSED t.py::kept\nPASSED t.py::skipped';
const exit = '>>>>> Test Exit Code: 0\n';

interface Reported {
  readonly tests?: Readonly<Record<string, string>>;
  readonly end?: Readonly<Record<string, unknown>> | null;
  readonly forged?: number;
}

const allPassed = {
  't.py::fixed[a b]': 'passed',
  't.py::kept': 'passed',
  't.py::skipped': 'passed',
};

function runOf(output: string, reported: Reported | null, usesPytest = true): OfficialRun {
  const { tests = allPassed, end = {}, forged = 0 } = reported ?? {};
  const lines = [
    { type: 'start', pytest: '8', python: '3', rootdir: '/testbed' },
    ...Object.entries(tests).map(([id, outcome]) => ({ type: 'test', id, outcome, duration: 0 })),
    ...(end === null ? [] : [{ type: 'end', exit: 0, intact: true, ...end }]),
  ];
  const log = logOf(output, exit);
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  return {
    task,
    parser: 'pytest',
    grading: 'v5',
    log,
    official: grade(task, log),
    opened: reported === null ? null : { text, forged },
    usesPytest,
  };
}

const told = (run: OfficialRun, unpatched: Signs | null = null): string | null =>
  contradictionIn(signsOf(run, ['/testbed/src/a.py']), unpatched);

describe('a log is held against what pytest reported', () => {
  test('where both agree nothing is said', () => {
    expect(told(runOf(summary, {}))).toBeNull();
  });

  test.each<[string, Reported | null, RegExp]>([
    [
      'a test that failed',
      { tests: { ...allPassed, 't.py::kept': 'failed' } },
      /t\.py::kept passed.*failed/,
    ],
    ['tests that never ran', { tests: {} }, /saw it not at all/],
    ['no report', null, /without the reporter/],
    ['a report without an end', { end: null }, /did not get to the end/],
    ['a report of somebody else', { forged: 1 }, /did not write/],
    ['another exit code', { end: { exit: 1 } }, /ended with 1/],
    ['a pytest that was changed', { end: { intact: false, changed: 'runner.run' } }, /runner\.run/],
    ['code that judges itself', { end: { judges: ['/testbed/src/a.py'] } }, /src\/a\.py/],
  ])('%s', (_, reported, words) => {
    expect(told(runOf(summary, reported))).toMatch(words);
  });

  test('what holds without a patch too is the project’s own doing, but a forged report', () => {
    const run = runOf(summary, { end: { intact: false, changed: 'runner.run' } });
    expect(told(run, signsOf(run, 'any'))).toBeNull();
    const forged = runOf(summary, { forged: 1 });
    expect(told(forged, signsOf(forged, 'any'))).not.toBeNull();
  });

  test('names are cut as the parser cuts them, and a skipped test has none', () => {
    // Two tests whose names begin alike: the log can tell of one only.
    const tests = { ...allPassed, 't.py::fixed[a c]': 'skipped', 't.py::skipped': 'skipped' };
    const output = 'PASSED t.py::fixed[a b]\nPASSED t.py::kept\nSKIPPED [1] t.py:3: no';
    expect(told(runOf(output, { tests }))).toBeNull();
  });

  test('a failure that the log admits is no contradiction', () => {
    const output = summary.replace('PASSED t.py::kept', 'FAILED t.py::kept - no');
    const tests = { ...allPassed, 't.py::kept': 'failed' };
    expect(told(runOf(output, { tests, end: { exit: 0 } }))).toBeNull();
  });

  test('another runner has no report; its markers stand once', () => {
    expect(told(runOf(summary, null, false))).toBeNull();
    const twice = `${summary}\n>>>>> End Test Output`;
    expect(told(runOf(twice, null, false))).toMatch(/more than once/);
  });
});

describe('files that steer the tests', () => {
  const added = (file: string): string =>
    `diff --git a/${file} b/${file}\nnew file mode 100644\n--- /dev/null\n+++ b/${file}\n@@ -0,0 +1 @@\n+x\n`;
  const changed = (file: string): string =>
    `diff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n@@ -1 +1 @@\n-x\n+y\n`;

  test.each<[string, string, boolean]>([
    ['conftest.py', added('conftest.py'), true],
    ['tests/helpers.py', changed('tests/helpers.py'), true],
    ['tests/test_other.py', changed('tests/test_other.py'), true],
    ['setup.py', changed('setup.py'), true],
    ['evil.pth', added('evil.pth'), true],
    ['pytest/__init__.py', added('pytest/__init__.py'), true],
    ['tests/test_more.py', added('tests/test_more.py'), false],
    ['src/a.py', changed('src/a.py'), false],
    ['tests/test_fix.py', changed('tests/test_fix.py'), false],
  ])('%s', (file, patch, steers) => {
    const own = instance({ test_patch: changed('tests/test_fix.py') });
    expect(steering(own, patch, [file])).toEqual(steers ? [file] : []);
  });

  test('files of the test patch, where the script cannot put them back', () => {
    const news = 'tests/test_new.py';
    const own = instance({ test_patch: changed('tests/test_fix.py') + added(news) });
    const patch = changed('tests/test_fix.py') + added(news) + added('tests/test_more.py');
    const files = ['tests/test_fix.py', news, 'tests/test_more.py'];
    expect(steering(own, patch, files)).toEqual(['tests/test_fix.py', news]);
  });
});
