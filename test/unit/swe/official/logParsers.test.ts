import { describe, expect, test } from 'vitest';
import { logParserOf } from '../../../../src/runner/benchmarks/swe/official/logParsers';
import { instance, statusesOf } from './official';

/** Lines of logs as the runners print them. */
const lines = (...all: readonly string[]): string => all.join('\n');
const gradings = ['v4', 'v5'] as const;

describe('which parser', () => {
  test.each([
    ['parse_log_pytest', 'pytest'],
    ['parse_log_pytest_options', 'pytest_options'],
    ['parse_log_pytest_v2', 'pytest_v2'],
    ['parse_log_astroid', 'pytest'],
    ['parse_log_flask', 'pytest'],
    ['parse_log_marshmallow', 'pytest'],
    ['parse_log_pvlib', 'pytest'],
    ['parse_log_pyvista', 'pytest'],
    ['parse_log_sqlfluff', 'pytest'],
    ['parse_log_xarray', 'pytest'],
    ['parse_log_pydicom', 'pytest_options'],
    ['parse_log_pylint', 'pytest_options'],
    ['parse_log_requests', 'pytest_options'],
    ['parse_log_astropy', 'pytest_v2'],
    ['parse_log_scikit', 'pytest_v2'],
    ['parse_log_sphinx', 'pytest_v2'],
    ['parse_log_matplotlib', 'matplotlib'],
    ['parse_log_seaborn', 'seaborn'],
    ['parse_log_django', 'django'],
    ['parse_log_sympy', 'sympy'],
  ])('%s is %s', (named, parser) => {
    expect(logParserOf(instance({ log_parser: named }))).toEqual({ ok: true, parser });
  });

  test.each([
    ['astropy/astropy', 'pytest_v2'],
    ['django/django', 'django'],
    ['matplotlib/matplotlib', 'matplotlib'],
    ['mwaskom/seaborn', 'seaborn'],
    ['pydicom/pydicom', 'pytest_options'],
    ['sqlfluff/sqlfluff', 'pytest'],
    ['sympy/sympy', 'sympy'],
  ])('a row of %s that names none has %s', (repo, parser) => {
    expect(logParserOf(instance({ repo, log_parser: undefined }))).toEqual({ ok: true, parser });
    expect(logParserOf(instance({ repo, log_parser: null }))).toEqual({ ok: true, parser });
  });

  test('what the row names goes before its repository', () => {
    const task = instance({ repo: 'django/django', log_parser: 'parse_log_pytest' });
    expect(logParserOf(task)).toEqual({ ok: true, parser: 'pytest' });
  });

  test('one that is not here is told, not guessed', () => {
    expect(logParserOf(instance({ log_parser: 'parse_log_jest' }))).toEqual({
      ok: false,
      reason: 'there is no log parser "parse_log_jest" here',
    });
    // Also where the repository would have one.
    expect(logParserOf(instance({ repo: 'django/django', log_parser: 'parse_log_x' })).ok).toBe(
      false,
    );
    expect(logParserOf(instance({ repo: 'fluent/fluentd', log_parser: undefined }))).toEqual({
      ok: false,
      reason: 'the task names no log parser, and none is known for fluent/fluentd',
    });
  });
});

describe('pytest', () => {
  test('the short summary: a status, a test, and what is not read', () => {
    const output = lines(
      'collected 6 items',
      'tests/test_a.py ..F [ 50%]',
      'PASSED tests/test_a.py::test_one',
      'FAILED tests/test_a.py::test_two - assert 1 == 2',
      'FAILED tests/test_a.py::test_cut[a - b] - x',
      'ERROR tests/test_b.py - ImportError: no module',
      'XFAIL tests/test_a.py::test_three - known',
      'SKIPPED tests/test_a.py::test_four',
      '  PASSED tests/test_a.py::test_indented',
      'PASSED',
    );
    const statuses = {
      'tests/test_a.py::test_one': 'PASSED',
      'tests/test_a.py::test_two': 'FAILED',
      'tests/test_a.py::test_cut[a': 'FAILED',
      'tests/test_b.py': 'ERROR',
      'tests/test_a.py::test_three': 'XFAIL',
      'tests/test_a.py::test_four': 'SKIPPED',
    };
    for (const grading of gradings)
      expect(statusesOf('parse_log_pytest', output, grading)).toEqual(statuses);
  });

  test('the last line of a test counts, and the word is kept as it stands', () => {
    const output = lines('PASSED t.py::a', 'FAILED t.py::a', 'ERROR: t.py::b');
    expect(statusesOf('parse_log_pytest', output)).toEqual({
      't.py::a': 'FAILED',
      't.py::b': 'ERROR:',
    });
  });

  test.each([
    'parse_log_pytest',
    'parse_log_pytest_options',
    'parse_log_pytest_v2',
    'parse_log_matplotlib',
  ])('%s: version 5 does not take a count of skips for a test, and keeps [100%%]', (parser) => {
    const output = lines('SKIPPED [12] t.py:3: no network', 'PASSED [100%]', 'SKIPPED t.py::s');
    expect(statusesOf(parser, output, 'v4')).toMatchObject({ '[12]': 'SKIPPED' });
    expect(statusesOf(parser, output, 'v5')).toEqual({ '[100%]': 'PASSED', 't.py::s': 'SKIPPED' });
  });

  test('words end where they end for Python', () => {
    const output = lines(
      'PASSED\u001ct.py::a\u0085x',
      'PASSED t.py::b\ufeffx',
      'PASSED\u00a0t.py::c',
    );
    expect(statusesOf('parse_log_pytest', output)).toEqual({
      't.py::a': 'PASSED',
      't.py::b\ufeffx': 'PASSED',
      't.py::c': 'PASSED',
    });
  });
});

describe('pytest_options', () => {
  test.each([
    ['t.py::a[/tmp/pytest-of-root/0/x.dcm]', 't.py::a[/x.dcm]'],
    ['t.py::a[//example.org/x]', 't.py::a[//example.org/x]'],
    ['t.py::a[/data/*/x]', 't.py::a[/data/*/x]'],
    ['t.py::a[x/y]', 't.py::a[x/y]'],
    ['t.py::a[b][/c/d]', 't.py::a[b][/c/d]'],
    ['t.py::a[/b/c]tail', 't.py::a[/c]'],
    ['t.py::a[/b/c', 't.py::a[/b/c'],
    ['t.py::a', 't.py::a'],
  ])('%s is called %s', (printed, name) => {
    for (const grading of gradings)
      expect(statusesOf('parse_log_pydicom', `PASSED ${printed}`, grading)).toEqual({
        [name]: 'PASSED',
      });
  });
});

describe('pytest_v2', () => {
  test('colours and control characters are no part of a line', () => {
    const output = '\u001b[32mPASSED\u001b[0m t.py::\u001b[1mtest_a\u0007\u001b[0m';
    for (const grading of gradings)
      expect(statusesOf('parse_log_astropy', output, grading)).toEqual({
        't.py::test_a': 'PASSED',
      });
  });

  test('blanks in names: version 5 takes all words, version 4 the first', () => {
    const output = lines(
      'PASSED t.py::a[x  y]',
      'FAILED t.py::b[x y] - assert 1 - 2',
      't.py::c[x y] PASSED',
      't.py::d SKIPPED',
      't.py::e PASSED [ 50%]',
    );
    expect(statusesOf('parse_log_sphinx', output, 'v5')).toEqual({
      't.py::a[x y]': 'PASSED',
      't.py::b[x y]': 'FAILED',
      't.py::c[x y]': 'PASSED',
      't.py::d': 'SKIPPED',
    });
    expect(statusesOf('parse_log_sphinx', output, 'v4')).toEqual({
      't.py::a[x': 'PASSED',
      't.py::b[x': 'FAILED',
      't.py::c[x': 'y]',
      't.py::d': 'SKIPPED',
    });
  });
});

test('matplotlib: names of mouse buttons are their numbers', () => {
  const output = lines(
    'PASSED t.py::a[MouseButton.LEFT-True]',
    'FAILED t.py::a[MouseButton.RIGHT-MouseButton.LEFT] - x',
  );
  for (const grading of gradings)
    expect(statusesOf('parse_log_matplotlib', output, grading)).toEqual({
      't.py::a[1-True]': 'PASSED',
      't.py::a[3-1]': 'FAILED',
    });
});

test('seaborn: failures in front, passes on either side, nothing else', () => {
  const output = lines(
    'tests/test_a.py::test_one PASSED [ 10%]',
    'tests/test_a.py::test_two FAILED [ 20%]',
    'FAILED tests/test_a.py::test_three - ValueError',
    'PASSED tests/test_a.py::test_four',
    'PASSED',
    'FAILED',
    'SKIPPED tests/test_a.py::test_five',
    'tests/test_a.py::test_six[a b] PASSED x',
  );
  for (const grading of gradings)
    expect(statusesOf('parse_log_seaborn', output, grading)).toEqual({
      'tests/test_a.py::test_one': 'PASSED',
      'tests/test_a.py::test_three': 'FAILED',
      'tests/test_a.py::test_four': 'PASSED',
    });
});

describe('django', () => {
  const django = (...all: readonly string[]): Readonly<Record<string, string>> => {
    const [v4, v5] = gradings.map((grading) =>
      statusesOf('parse_log_django', lines(...all), grading),
    );
    expect(v4).toEqual(v5);
    return v5!;
  };

  test('a line a test', () => {
    const statuses = django(
      'test_a (m.Tests) ... ok',
      'test_b (m.Tests) ... OK',
      'test_c (m.Tests) ...  OK',
      "test_d (m.Tests) ... skipped 'no database'",
      'test_e (m.Tests) ... FAIL',
      'test_f (m.Tests) ... ERROR',
      '  test_g (m.Tests) ... ok  ',
      'test_h (m.Tests) ... expected failure',
    );
    expect(statuses).toEqual({
      'test_a (m.Tests)': 'PASSED',
      'test_b (m.Tests)': 'PASSED',
      'test_c (m.Tests)': 'PASSED',
      'test_d (m.Tests)': 'SKIPPED',
      'test_e (m.Tests)': 'FAILED',
      'test_f (m.Tests)': 'ERROR',
      'test_g (m.Tests)': 'PASSED',
    });
  });

  test('headings of failures name the test by its second word', () => {
    expect(django('FAIL: test_a (m.Tests)', 'ERROR: test_b (m.Tests)', 'FAIL:', 'ERROR:')).toEqual({
      test_a: 'FAILED',
      test_b: 'ERROR',
    });
  });

  test('a bare ok is for the test before it', () => {
    expect(django('ok', 'test_a (m.Tests) ... printed something', 'more', 'ok')).toEqual({
      'test_a (m.Tests)': 'PASSED',
    });
  });

  test('a test whose line goes on elsewhere', () => {
    const statuses = django(
      'test_a (m.Tests) ... Testing against Django installed in /x with up to 2 processes',
      'System check identified no issues (0 silenced).',
      'ok',
      'FAIL: test_z (m.Tests)',
      'test_b (m.Tests) ... Internal Server Error: /path/',
      'ok',
      'test_c (m.Tests) ... System check identified no issues (0 silenced)',
      'ok',
    );
    expect(statuses).toMatchObject({
      'test_a (m.Tests)': 'PASSED',
      'test_b (m.Tests)': 'PASSED',
      'test_c (m.Tests)': 'PASSED',
    });
    // Two tests on one line: the name is what stands before the first.
    expect(
      django(
        'test_d (m.Tests) ... Internal Server Error: /a',
        'test_e ... Internal Server Error: /b/',
        'ok',
      ),
    ).toEqual({ test_e: 'PASSED' });
  });

  test('noise that is part of two tests', () => {
    expect(
      django(
        'Applying sites.0002_alter_domain_unique...test_no_migrations (m.Tests) ... ok',
        'test_v ... --version is equivalent to version',
      ),
    ).toEqual({
      'test_no_migrations (m.Tests)': 'PASSED',
      '--version is equivalent to version': 'PASSED',
    });
  });
});

test('sympy: a line a test, and a heading for each failure', () => {
  const output = lines(
    'sympy/core/tests/test_a.py[4] ',
    'test_one ok',
    'test_two F',
    'test_three E',
    '  test_four ok',
    'test_five f',
    '________ sympy/core/tests/test_a.py:test_two ________',
    '__ a b.py:c d __',
    'no heading: x.py:',
  );
  for (const grading of gradings)
    expect(statusesOf('parse_log_sympy', output, grading)).toEqual({
      'sympy/core/tests/test_a.py:test_two': 'FAILED',
      'a b.py:c d': 'FAILED',
      test_one: 'PASSED',
      test_two: 'FAILED',
      test_three: 'ERROR',
      test_four: 'PASSED',
    });
});
