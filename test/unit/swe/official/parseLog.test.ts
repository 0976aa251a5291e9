import { describe, expect, test } from 'vitest';
import { instance, logOf, parse } from './official';

const task = instance();
const passed = 'PASSED t.py::a';

describe('what stands between the markers', () => {
  test.each([
    ['>>>>> Patch Apply Failed', 'patch_apply_failed'],
    ['>>>>> Reset Failed', 'reset_failed'],
    ['>>>>> Tests Errored', 'tests_errored'],
    ['>>>>> Tests Timed Out', 'tests_timed_out'],
  ])('%s anywhere: nothing was tested', (marker, reason) => {
    for (const grading of ['v4', 'v5'] as const) {
      expect(parse(task, logOf(passed, marker), grading)).toMatchObject({ found: false, reason });
      expect(parse(task, logOf(`${passed}\n${marker}`), grading)).toMatchObject({ reason });
    }
  });

  test('both markers must be there', () => {
    const whole = logOf(passed);
    for (const marker of ['>>>>> Start Test Output', '>>>>> End Test Output']) {
      const log = whole.replace(marker, '');
      expect(parse(task, log, 'v4')).toMatchObject({ found: false, reason: 'no_markers' });
      expect(parse(task, log, 'v5')).toMatchObject({ found: false, reason: 'no_markers' });
    }
    expect(parse(task, '', 'v5')).toMatchObject({ found: false, reason: 'no_markers' });
  });

  test('what stands outside is read only when there is nothing inside', () => {
    const outside = parse(task, logOf(passed, 'PASSED t.py::after'));
    expect(outside).toEqual({ found: true, statuses: new Map([['t.py::a', 'PASSED']]) });
    const inside = parse(task, logOf('', 'PASSED t.py::after'));
    expect(inside).toEqual({ found: true, statuses: new Map([['t.py::after', 'PASSED']]) });
  });

  test('the first part counts where a marker comes twice', () => {
    const twice = `${logOf(passed)}${logOf('PASSED t.py::b')}`;
    expect(parse(task, twice)).toEqual({ found: true, statuses: new Map([['t.py::a', 'PASSED']]) });
  });

  test('line ends of every kind', () => {
    const log = logOf('PASSED t.py::a\r\nPASSED t.py::b\rFAILED t.py::c - x\r\n').replaceAll(
      '+ :',
      '\r+ :',
    );
    const statuses = new Map([
      ['t.py::a', 'PASSED'],
      ['t.py::b', 'PASSED'],
      ['t.py::c', 'FAILED'],
    ]);
    expect(parse(task, log)).toEqual({ found: true, statuses });
  });
});

describe('a log without any test', () => {
  test('version 4 takes it for a log whose tests are missing', () => {
    expect(parse(task, logOf('nothing'), 'v4')).toEqual({ found: true, statuses: new Map() });
  });

  test('version 5 wants a sign that something ran', () => {
    const reason = 'no_tests_ran';
    expect(parse(task, logOf('nothing'))).toMatchObject({ found: false, reason });
  });

  test.each([
    'Executed 12 of 12 SUCCESS',
    'TOTAL: 3 SUCCESS',
    'TOTAL: 1 FAILED',
    '  20 passing (2s)',
    'Tests:       10 passed, 10 total',
    'Test Suites: 1 failed, 20 passed, 21 total',
    '# tests 7',
    '1 spec, 0 failures',
    "cases/a/main.js': ok",
  ])('such as: %s', (line) => {
    expect(parse(task, logOf(line))).toEqual({ found: true, statuses: new Map() });
  });

  test.each([
    'Executed 0 of 0',
    'TOTAL: 0 SUCCESS',
    '  0 passing',
    'Tests:       0 total',
    'Test Suites: 0 total',
    '  # tests 7',
    '0 specs, 0 failures',
    "cases/a/main.js': ok so far",
  ])('but not: %s', (line) => {
    expect(parse(task, logOf(line))).toMatchObject({ found: false });
  });
});

describe('the exit code of the test command', () => {
  const code = (value: string): string => `>>>>> Test Exit Code: ${value}\n`;

  test.each(['1', '-9', '137'])('%s, though all passed: version 5 believes neither', (value) => {
    const log = logOf(passed, code(value));
    expect(parse(task, log, 'v5')).toMatchObject({ found: false, reason: 'exit_code_contradicts' });
    expect(parse(task, log, 'v4')).toMatchObject({ found: true });
  });

  test.each([
    ['0', passed],
    ['1', `${passed}\nFAILED t.py::b`],
    ['1', `${passed}\nERROR t.py`],
    ['none', passed],
  ])('%s does not contradict: %s', (value, output) => {
    expect(parse(task, logOf(output, code(value)))).toMatchObject({ found: true });
  });
});

describe('what broke the environment', () => {
  test.each([
    ['Failed to launch the browser', 'browser_launch_failed', 'environment'],
    ['cannot open display :99', 'display_unavailable', 'environment'],
    ['OSError: Cannot allocate memory', 'out_of_memory', 'environment'],
    ['Killed', 'out_of_memory', 'environment'],
    ['Error response from daemon: x', 'container_unavailable', 'environment'],
    ['Could not resolve host: x', 'network_unreachable', 'environment'],
    ["ModuleNotFoundError: No module named 'x'", 'missing_module', 'ambiguous'],
    ['collected 0 items', 'no_tests_collected', 'ambiguous'],
    ['Timeout error: 1800 seconds exceeded.', 'tests_timed_out', 'ambiguous'],
  ])('%s', (line, reason, tier) => {
    expect(parse(task, logOf(line))).toMatchObject({ infra: { reason, tier } });
    // Where tests were found, nothing is looked for; and version 4 knows no such thing.
    expect(parse(task, logOf(`${passed}\n${line}`))).toMatchObject({ found: true });
    expect(parse(task, `${line}\n`, 'v4')).toMatchObject({ found: false, infra: null });
  });

  test('the environment goes before what a patch may have caused', () => {
    const log = logOf('collected 0 items\nKilled');
    expect(parse(task, log)).toMatchObject({ infra: { reason: 'out_of_memory' } });
    expect(parse(task, logOf('Killed by x'))).toMatchObject({ found: false, infra: null });
  });
});
