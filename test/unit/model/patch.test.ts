import { describe, expect, test } from 'vitest';
import {
  isTestPath,
  normalizePatch,
  parsePatch,
  patchLimitsSchema,
  patchStats,
  refusePatch,
  splitTestPart,
} from '../../../src/runner/model';

const limits = patchLimitsSchema.parse({});
const refusal = (patch: string): string | undefined => refusePatch(patch, limits)?.cause;

const change = (name: string): string =>
  `diff --git a/${name} b/${name}\nindex 1..2 100644\n--- a/${name}\n+++ b/${name}\n@@ -1 +1 @@\n-old\n+new\n`;
const newFile = (name: string, mode = '100644'): string =>
  `diff --git a/${name} b/${name}\nnew file mode ${mode}\nindex 0..1\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+x\n`;

describe('parsePatch', () => {
  test('reads git and plain diffs, renames, quoted names and blanks', () => {
    const files = parsePatch(
      change('src/a.py') +
        'diff --git a/old name.py b/new name.py\nsimilarity index 100%\nrename from old name.py\nrename to new name.py\n' +
        'diff --git "a/\\303\\244.py" "b/\\303\\244.py"\n--- "a/\\303\\244.py"\n+++ "b/\\303\\244.py"\n@@ -1 +1 @@\n-a\n+b\n',
    );
    expect(files.map((file) => [file.oldPath, file.newPath, file.hunks])).toEqual([
      ['src/a.py', 'src/a.py', 1],
      ['old name.py', 'new name.py', 0],
      ['ä.py', 'ä.py', 1],
    ]);
    const plain = parsePatch(
      '--- a/x.py\t2020-01-01\n+++ b/x.py\t2020-01-02\n@@ -1 +1 @@\n-a\n+b\n',
    );
    expect(plain.map((file) => file.newPath)).toEqual(['x.py']);
  });

  test('text before the first header and wrong counts hide nothing', () => {
    const files = parsePatch(
      `From: somebody\n\n${change('a.py').replace('@@ -1 +1 @@', '@@ -1,9 +1,7 @@')}${change('b.py')}`,
    );
    expect(files.map((file) => file.newPath)).toEqual(['a.py', 'b.py']);
  });

  test('a removed line that looks like a header does not start a file', () => {
    const files = parsePatch('--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,1 @@\n--- a comment\n keep\n');
    expect(files).toHaveLength(1);
  });

  test('parts put together are the patch again', () => {
    const patch = change('a.py') + newFile('b.py') + change('c.py');
    expect(
      parsePatch(patch)
        .map((file) => normalizePatch(file.text))
        .join(''),
    ).toBe(patch);
  });

  test('counts', () => {
    expect(patchStats(change('a.py') + newFile('b.py'))).toMatchObject({
      files: 2,
      hunks: 2,
      added: 2,
      removed: 1,
    });
  });
});

describe('refusePatch', () => {
  test.each([
    ['../outside.py', 'outside_repository'],
    ['/etc/passwd', 'outside_repository'],
    ['.git/config', 'outside_repository'],
    ['sub/.GIT/hooks/pre-commit', 'outside_repository'],
  ])('%s → %s', (name, cause) => {
    expect(refusal(change(name))).toBe(cause);
  });

  test('kinds of change', () => {
    expect(refusal(newFile('link', '120000'))).toBe('symlink');
    expect(refusal(newFile('sub', '160000'))).toBe('submodule');
    expect(refusal('diff --git a/x b/x\nold mode 100644\nnew mode 100755\n')).toBe('mode_change');
    expect(
      refusal('diff --git a/x.png b/x.png\nindex 1..2 100644\nGIT binary patch\nliteral 3\nabc\n'),
    ).toBe('binary');
    expect(
      refusal(
        'diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n',
      ),
    ).toBe('binary');
    expect(refusal('this is not a patch')).toBe('malformed');
    expect(refusal(newFile('_pytest/runner.py'))).toBe('shadows_test_runner');
    expect(refusal(newFile('sitecustomize.py'))).toBe('shadows_test_runner');
    expect(refusal(change('src/_pytest/runner.py'))).toBeUndefined();
    expect(refusal(newFile('tool.sh', '100755'))).toBeUndefined();
  });

  test('size, each by its own name and at its own limit', () => {
    const files = (n: number): string =>
      Array.from({ length: n }, (_, i) => change(`f${String(i)}.py`)).join('');
    expect(refusal(files(50))).toBeUndefined();
    expect(refusal(files(51))).toBe('too_many_files');
    const hunks = (n: number): string => change('a.py') + '@@ -9 +9 @@\n-a\n+b\n'.repeat(n - 1);
    expect(refusal(hunks(500))).toBeUndefined();
    expect(refusal(hunks(501))).toBe('too_many_hunks');
    expect(refusal(`${newFile('a.py')}+${'x'.repeat(256 * 1024)}\n`)).toBe('too_large');
  });
});

describe('normalizePatch', () => {
  test('undoes CRLF that an editor made of a whole patch, and keeps it where files have it', () => {
    expect(normalizePatch(change('a.py').replaceAll('\n', '\r\n'))).toBe(change('a.py'));
    const crlfFile = change('a.txt').replace('-old\n+new\n', '-old\r\n+new\r\n');
    expect(normalizePatch(crlfFile)).toBe(crlfFile);
  });

  test('adds the last newline', () => {
    expect(normalizePatch(change('a.py').trimEnd())).toBe(change('a.py'));
  });
});

describe('the tests of a task', () => {
  test.each([
    ['tests/test_a.py', true],
    ['pkg/tests/data/x.csv', true],
    ['conftest.py', true],
    ['sub/conftest.py', true],
    ['pytest.ini', true],
    ['setup.cfg', true],
    ['test/helper.py', true],
    ['django/test/client.py', false],
    ['numpy/testing/utils.py', false],
    ['src/contest.py', false],
    ['src/latest.py', false],
  ])('%s: %s', (name, expected) => {
    expect(isTestPath(name)).toBe(expected);
  });

  test('a gold patch splits into the fix and the tests', () => {
    const { source, tests } = splitTestPart(
      change('src/a.py') + change('tests/test_a.py') + change('pyproject.toml'),
    );
    expect(source).toBe(change('src/a.py') + change('pyproject.toml'));
    expect(tests).toBe(change('tests/test_a.py'));
  });
});
