import { describe, expect, test } from 'vitest';
import { gradeRepositoryTask } from '../../../src/runner/benchmarks/swe/grade';
import { pytestTestReport } from '../../../src/runner/benchmarks/swe/pytestReport';
import { tailOf } from '../../../src/runner/benchmarks/swe/shell';
import type { RepositoryTask, TestReport } from '../../../src/runner/model';
import { parseRepositoryRow } from '../../../src/runner/model';
import type { ExecResult } from '../../../src/runner/sandbox/sandbox';

function task(more: object = {}): RepositoryTask {
  const parsed = parseRepositoryRow(
    { task_id: 'a', repo: 'r', ref: 'main', ...more },
    { file: 'f', line: 1 },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.task;
}

const exec = (exitCode: number, more: Partial<ExecResult> = {}): ExecResult => ({
  cause: 'exited',
  exitCode,
  signal: null,
  stdout: new Uint8Array(),
  stderr: new Uint8Array(),
  droppedBytes: { stdout: 0, stderr: 0 },
  durationMs: 100,
  ...more,
});
const start = '{"type":"start","pytest":"8","python":"3.11","rootdir":"/"}\n';
const result = (id: string, outcome: string): string =>
  `${JSON.stringify({ type: 'test', id, outcome, duration: 0.1, file: 't.py', line: 3 })}\n`;
const end = (exit: number, intact = true, changed = ''): string =>
  `${JSON.stringify({ type: 'end', exit, intact, changed })}\n`;
const plain = { plainCommand: true };

describe('pytestTestReport: how the tests ended', () => {
  const cases: [string, ExecResult, string | null, TestReport['end']][] = [
    ['tests passed', exec(0), start + result('a', 'passed') + end(0), 'completed'],
    ['tests failed', exec(1), start + result('a', 'failed') + end(1), 'completed'],
    ['no tests', exec(5), start + end(5), 'nothing_selected'],
    [
      'a file cannot be imported',
      exec(2),
      `${start}{"type":"collect_error","id":"t.py","message":"ImportError"}\n${end(2)}`,
      'collection_error',
    ],
    ['pytest breaks', exec(3), start + end(3), 'crash'],
    [
      'a path that does not exist',
      exec(4, { stderr: Buffer.from('ERROR: file or directory not found: x') }),
      null,
      'nothing_selected',
    ],
    [
      'a conftest that cannot be imported',
      exec(4, {
        stderr: Buffer.from(
          "ImportError while loading conftest '/x/conftest.py'.\nE   NameError: x",
        ),
      }),
      null,
      'collection_error',
    ],
    [
      'timeout',
      exec(0, { cause: 'timeout', exitCode: null }),
      start + result('a', 'passed'),
      'timeout',
    ],
    ['memory', exec(0, { cause: 'oom', exitCode: null }), start, 'oom'],
    [
      'segfault',
      exec(0, { cause: 'signalled', exitCode: null, signal: 'SIGSEGV' }),
      start + result('a', 'passed'),
      'crash',
    ],
    ['os._exit(1)', exec(1), start + result('a', 'passed'), 'crash'],
    ['os._exit(0)', exec(0), start, 'spoofed'],
    ['exit 0 with failures', exec(0), start + result('a', 'failed') + end(0), 'spoofed'],
    ['exit code replaced', exec(0), start + result('a', 'passed') + end(1), 'spoofed'],
    [
      'pytest patched from inside',
      exec(0),
      start + result('a', 'passed') + end(0, false),
      'spoofed',
    ],
    ['lines after the end', exec(0), start + end(0) + result('a', 'passed'), 'spoofed'],
    ['lines that no plugin writes', exec(0), `${start}{"type":"test"}\n${end(0)}`, 'spoofed'],
    ['a second start', exec(0), start + start + end(0), 'spoofed'],
  ];
  test.each(cases)('%s', (_, execution, report, expected) => {
    expect(pytestTestReport(execution, report, plain).end).toBe(expected);
  });

  test('nothing that was changed may have a say', () => {
    const judged = `${start}${result('a', 'passed')}${JSON.stringify({ type: 'end', exit: 0, intact: true, judges: ['/p/a.py'] })}\n`;
    const told = (untrusted: readonly string[]): string =>
      pytestTestReport(exec(0), judged, { ...plain, untrusted }).end;
    expect(told(['/p/b.py'])).toBe('completed');
    expect(told(['/p/b.py', '/p/a.py'])).toBe('spoofed');
  });

  test('a second session counts with the first, where the command may have started it', () => {
    const twice = start + result('a', 'passed') + end(0) + start + result('b', 'failed') + end(1);
    const told = (more: object): unknown =>
      pytestTestReport(exec(1), twice, { plainCommand: false, ...more });
    expect(told({})).toMatchObject({ end: 'completed', tests: [{ id: 'a' }, { id: 'b' }] });
    expect(told(plain)).toMatchObject({ end: 'spoofed' });
    expect(told({ forged: 1 })).toMatchObject({ end: 'spoofed' });
  });

  test('a test that failed once has failed', () => {
    const again = start + result('a', 'failed') + result('a', 'passed') + end(1);
    expect(pytestTestReport(exec(1), again, plain).tests).toMatchObject([{ outcome: 'failed' }]);
  });

  test('what a project replaces in pytest without any patch is no forgery; anything more is', () => {
    const judged = (changed: string, replacedBefore: readonly string[] | 'any'): string =>
      pytestTestReport(exec(0), start + result('a', 'passed') + end(0, false, changed), {
        ...plain,
        replacedBefore,
      }).end;
    expect(judged('runner.call', 'any')).toBe('completed');
    expect(judged('runner.call', ['runner.call'])).toBe('completed');
    expect(judged('runner.call skipping.mark', ['runner.call'])).toBe('spoofed');
    expect(judged('', ['runner.call'])).toBe('spoofed');
  });

  test('a torn last line is no forgery, what came before it counts', () => {
    const report = pytestTestReport(
      exec(0, { cause: 'timeout', exitCode: null }),
      `${start}${result('a', 'passed')}{"type":"te`,
      plain,
    );
    expect(report).toMatchObject({
      end: 'timeout',
      tests: [{ id: 'a', outcome: 'passed', file: 't.py', line: 3 }],
    });
  });
});

describe('gradeRepositoryTask', () => {
  const report = (
    outcomes: Record<string, TestReport['tests'][number]['outcome']>,
    more: Partial<TestReport> = {},
  ): TestReport => ({
    end: 'completed',
    exit_code: Object.values(outcomes).includes('failed') ? 1 : 0,
    duration_s: 1,
    tests: Object.entries(outcomes).map(([id, outcome]) => ({ id, outcome, duration_s: 0 })),
    ...more,
  });
  const listed = task({ FAIL_TO_PASS: ['f1', 'f2'], PASS_TO_PASS: ['p'] });
  const status = (t: RepositoryTask, r: TestReport): string => gradeRepositoryTask(t, r).status;
  const resolution = (outcomes: Parameters<typeof report>[0]): string | undefined =>
    gradeRepositoryTask(listed, report(outcomes)).verdict?.resolution;

  test('with lists, only the listed tests decide', () => {
    expect(
      status(listed, report({ f1: 'passed', f2: 'xfailed', p: 'skipped', other: 'failed' })),
    ).toBe('passed');
    expect(resolution({ f1: 'passed', f2: 'passed', p: 'passed' })).toBe('resolved');
    expect(resolution({ f1: 'passed', f2: 'failed', p: 'passed' })).toBe('partial');
    expect(resolution({ f1: 'passed', f2: 'passed', p: 'failed' })).toBe('unresolved');
    expect(resolution({ f1: 'passed', p: 'passed' })).toBe('partial'); // f2 is missing
    expect(resolution({ f1: 'passed', f2: 'skipped', p: 'passed' })).toBe('partial');
    expect(resolution({ f1: 'passed', f2: 'passed' })).toBe('unresolved'); // p is missing
  });

  test('an id that was cut at a blank stands for the tests that begin with it, when they agree', () => {
    const cut = task({ FAIL_TO_PASS: ['t::a[x'], PASS_TO_PASS: [] });
    expect(status(cut, report({ 't::a[x y]': 'passed', 't::a[x z]': 'passed' }))).toBe('passed');
    expect(status(cut, report({ 't::a[x y]': 'passed', 't::a[x z]': 'failed' }))).toBe('failed');
    expect(status(task({ FAIL_TO_PASS: ['t::a'] }), report({ 't::a[x]': 'passed' }))).toBe(
      'failed',
    );
  });

  test('without lists, something passed and nothing failed', () => {
    expect(status(task(), report({ a: 'passed', b: 'skipped' }))).toBe('passed');
    expect(status(task(), report({ a: 'passed', b: 'failed' }))).toBe('failed');
    expect(status(task(), report({ a: 'passed', b: 'error' }, { exit_code: 1 }))).toBe('failed');
    expect(status(task(), report({ a: 'skipped' }))).toBe('no_tests');
  });

  test.each([
    ['collection_error', 'no_tests', 'collection_error'],
    ['nothing_selected', 'no_tests', 'nothing_selected'],
    ['crash', 'error', 'crash'],
    ['oom', 'error', 'oom'],
    ['timeout', 'timeout', 'after'],
    ['spoofed', 'suspicious', 'seen'],
  ] as const)(
    '%s → %s (%s), even when the listed tests passed before it',
    (how, expected, cause) => {
      const grade = gradeRepositoryTask(
        listed,
        report({ f1: 'passed', f2: 'passed', p: 'passed' }, { end: how, detail: 'seen' }),
      );
      expect(grade).toMatchObject({ status: expected, cause });
      expect(grade.verdict?.resolution).toBe('unresolved');
    },
  );
});

test('a tail has at most 20 lines and 4 KiB and is never cut inside a character', () => {
  expect(
    tailOf(Array.from({ length: 50 }, (_, n) => String(n)).join('\n')).split('\n'),
  ).toHaveLength(20);
  const tail = tailOf('é'.repeat(4000));
  expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(4096);
  expect(tail).toMatch(/^é+$/);
});
