import { describe, expect, test } from 'vitest';
import { officialReportWithoutPatch } from '../../../../src/runner/benchmarks/swe/official/gradeOfficial';
import { grade, instance, logOf } from './official';

const none = { success: [], failure: [] };
const statuses = ['PASSED', 'XFAIL', 'FAILED', 'ERROR', 'SKIPPED', 'missing', 'ERROR:'] as const;

/** A log in which each status has one test of its name. */
const log = logOf(
  statuses
    .filter((status) => status !== 'missing')
    .map((status) => `${status} t.py::${status}`)
    .join('\n'),
);
const names = statuses.map((status) => `t.py::${status}`);
const named = (...some: readonly (typeof statuses)[number][]): readonly string[] =>
  some.map((status) => `t.py::${status}`);

describe('which list a test is in', () => {
  const failToPass = instance({ FAIL_TO_PASS: names });
  const passToPass = instance({ PASS_TO_PASS: JSON.stringify(names) });

  test('version 4: a skipped test is in none', () => {
    const lists = {
      success: named('PASSED', 'XFAIL'),
      failure: named('FAILED', 'ERROR', 'missing'),
    };
    expect(grade(failToPass, log, 'v4').tests_status?.FAIL_TO_PASS).toEqual(lists);
    expect(grade(passToPass, log, 'v4').tests_status?.PASS_TO_PASS).toEqual(lists);
  });

  test('version 5: a skipped test fails where it had to be fixed, and is no regression', () => {
    expect(grade(failToPass, log, 'v5').tests_status?.FAIL_TO_PASS).toEqual({
      success: named('PASSED', 'XFAIL'),
      failure: named('FAILED', 'ERROR', 'SKIPPED', 'missing'),
    });
    expect(grade(passToPass, log, 'v5').tests_status?.PASS_TO_PASS).toEqual({
      success: named('PASSED', 'XFAIL', 'SKIPPED'),
      failure: named('FAILED', 'ERROR', 'missing'),
    });
  });

  test('fail_only: only FAILED is a failure', () => {
    const task = instance({ FAIL_TO_PASS: names, PASS_TO_PASS: names, eval_type: 'fail_only' });
    const { tests_status: lists } = grade(task, log);
    const expected = {
      success: names.filter((name) => name !== 't.py::FAILED'),
      failure: named('FAILED'),
    };
    expect(lists?.FAIL_TO_PASS).toEqual(expected);
    expect(lists?.PASS_TO_PASS).toEqual(expected);
    const fixed = instance({ FAIL_TO_PASS: named('missing'), eval_type: 'fail_only' });
    expect(grade(fixed, log).resolved).toBe(true);
    // A suite that never ran fails nothing either.
    expect(grade(fixed, logOf('the browser did not start')).resolved).toBe(false);
  });
});

describe('resolved', () => {
  test.each([
    [named('PASSED'), named('XFAIL'), true],
    [named('PASSED', 'FAILED'), named('PASSED'), false],
    [named('PASSED'), named('PASSED', 'missing'), false],
    [[], [], true],
    [[], named('PASSED'), true],
    [named('SKIPPED'), [], false],
    [named('PASSED'), named('SKIPPED'), true],
  ])('%j and %j: %s', (FAIL_TO_PASS, PASS_TO_PASS, resolved) => {
    expect(grade(instance({ FAIL_TO_PASS, PASS_TO_PASS }), log).resolved).toBe(resolved);
  });

  test('version 4 resolves what skips all that had to be fixed', () => {
    const task = instance({ FAIL_TO_PASS: named('SKIPPED') });
    expect(grade(task, log, 'v4').resolved).toBe(true);
    expect(grade(task, log, 'v5').resolved).toBe(false);
  });
});

describe('names that were cut inside their parameters', () => {
  const cut = (name: string): ReturnType<typeof instance> => instance({ FAIL_TO_PASS: [name] });
  const output = (...lines: readonly string[]): string => logOf(lines.join('\n'));

  test('version 5: the tests that begin so stand for it when they agree', () => {
    const agreeing = output('PASSED t.py::a[log(x', 'XFAIL t.py::a[log(xy)]', 'FAILED t.py::b');
    expect(grade(cut('t.py::a[log('), agreeing, 'v5').resolved).toBe(true);
    expect(grade(cut('t.py::a[log('), agreeing, 'v4').resolved).toBe(false);
    const disagreeing = output('PASSED t.py::a[log(x)]', 'FAILED t.py::a[log(y)]');
    expect(grade(cut('t.py::a[log('), disagreeing).resolved).toBe(false);
    expect(grade(cut('t.py::a[exp('), agreeing).resolved).toBe(false);
  });

  test('a name that is there as it is, or is not cut, is no beginning', () => {
    const log = output('FAILED t.py::a[x', 'PASSED t.py::a[xy]');
    expect(grade(cut('t.py::a[x'), log).resolved).toBe(false);
    expect(grade(cut('t.py::a'), output('PASSED t.py::ab')).resolved).toBe(false);
    expect(grade(cut('t.py::a[]'), output('PASSED t.py::a[]b')).resolved).toBe(false);
  });

  test('the first of them says whether it was skipped', () => {
    const task = instance({ PASS_TO_PASS: ['t.py::a[x'] });
    expect(grade(task, output('SKIPPED t.py::a[x1]', 'FAILED t.py::a[x2]')).resolved).toBe(true);
    expect(grade(task, output('FAILED t.py::a[x2]', 'SKIPPED t.py::a[x1]')).resolved).toBe(false);
  });
});

describe('the report', () => {
  const task = instance({ FAIL_TO_PASS: named('PASSED'), PASS_TO_PASS: named('missing') });

  test('its keys and their order', () => {
    const lists = {
      FAIL_TO_PASS: { success: named('PASSED'), failure: [] },
      PASS_TO_PASS: { success: [], failure: named('missing') },
      FAIL_TO_FAIL: none,
      PASS_TO_FAIL: none,
    };
    const verdict = {
      patch_is_None: false,
      patch_exists: true,
      patch_successfully_applied: true,
      resolved: false,
    };
    expect(JSON.stringify(grade(task, log, 'v4'))).toBe(
      JSON.stringify({ ...verdict, tests_status: lists }),
    );
    expect(JSON.stringify(grade(task, log, 'v5'))).toBe(
      JSON.stringify({ ...verdict, infra_failure: false, tests_status: lists }),
    );
  });

  test('of a log without tests', () => {
    const verdict = {
      patch_is_None: false,
      patch_exists: true,
      patch_successfully_applied: false,
      resolved: false,
    };
    expect(grade(task, '>>>>> Patch Apply Failed', 'v4')).toEqual(verdict);
    expect(grade(task, '>>>>> Patch Apply Failed', 'v5')).toEqual({
      ...verdict,
      infra_failure: false,
    });
    expect(grade(task, logOf('Killed'))).toEqual({
      ...verdict,
      infra_failure: true,
      infra_failure_reason: 'out_of_memory',
    });
    expect(grade(task, logOf('no tests ran'))).toEqual({
      ...verdict,
      infra_failure: false,
      infra_failure_reason: 'no_tests_collected',
    });
  });

  test('of a task that nothing was handed in for', () => {
    const verdict = {
      patch_is_None: true,
      patch_exists: false,
      patch_successfully_applied: false,
      resolved: false,
    };
    expect(officialReportWithoutPatch('v4')).toEqual(verdict);
    expect(officialReportWithoutPatch('v5')).toEqual({ ...verdict, infra_failure: false });
  });
});
