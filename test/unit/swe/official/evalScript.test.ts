import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evalScriptOf } from '../../../../src/runner/benchmarks/swe/evalScript';
import { howGraded } from '../../../../src/runner/benchmarks/swe/howGraded';
import { specOf } from '../../../../src/runner/benchmarks/swe/specs/specTable';
import { environmentRecipeSchema } from '../../../../src/runner/model';
import { sharedData } from '../../../support/sharedData';
import { instance } from './official';

const recipe = environmentRecipeSchema.parse({
  python: '3.9',
  install: 'python -m pip install -e .',
  test_command: 'pytest -rA',
});
const testPatch = `diff --git a/tests/test_a.py b/tests/test_a.py
--- a/tests/test_a.py
+++ b/tests/test_a.py
@@ -1 +1 @@
-EOF_TEST_PATCH
+new
diff --git a/tests/my data.json b/tests/my data.json
--- a/tests/my data.json
+++ b/tests/my data.json
@@ -1 +1 @@
-1
+2
diff --git a/tests/new test.py b/tests/new test.py
new file mode 100644
--- /dev/null
+++ b/tests/new test.py
@@ -0,0 +1 @@
+EOF_TEST_PATCH
`;
const given = `#!/bin/bash
set -uxo pipefail
cd /testbed
: '>>>>> Start Test Output'
pytest -rA a.py
: '>>>>> End Test Output'
git checkout a.py
`;

describe('the script of an evaluation', () => {
  test('is the one of the row; since version 5 it tells how the test command ended', () => {
    const task = instance({ eval_script: given });
    expect(evalScriptOf(task, { recipe: null, grading: 'v4' })).toBe(given);
    expect(evalScriptOf(task, { recipe, grading: 'v5' })).toBe(
      given.replace(
        ": '>>>>> End Test Output'\n",
        'SWEBENCH_TEST_EXIT_CODE=$?\n: \'>>>>> End Test Output\'\necho ">>>>> Test Exit Code: $SWEBENCH_TEST_EXIT_CODE"\n',
      ),
    );
  });

  test('without one it is made of the test command and the test patch', () => {
    const task = instance({ test_patch: testPatch });
    const lines = evalScriptOf(task, { recipe, grading: 'v4' })?.split('\n') ?? [];
    expect(lines.slice(0, 2)).toEqual(['#!/bin/bash', 'set -uxo pipefail']);
    const reset = `git checkout ${'a'.repeat(40)} tests/test_a.py 'tests/my data.json' 'tests/new test.py'`;
    expect(lines.filter((line) => line === reset)).toHaveLength(2);
    expect(lines).toContain("pytest -rA tests/test_a.py 'tests/new test.py'");
    expect(lines.indexOf('python -m pip install -e .')).toBeLessThan(lines.indexOf(reset));
    const document = lines.findIndex((line) => line.startsWith('git apply -v - <<'));
    const delimiter = /<<'(.*)'$/.exec(lines[document] ?? '')?.[1] ?? '';
    // No line of the patch ends the document early.
    expect(lines.slice(document + 1, lines.indexOf(delimiter)).join('\n')).toBe(testPatch);
  });

  test('django is told modules', () => {
    const patch = testPatch.replaceAll('tests/test_a.py', 'tests/forms_tests/tests/test_a.py');
    const task = instance({ repo: 'django/django', test_patch: patch, log_parser: null });
    const script = evalScriptOf(task, {
      recipe: { ...recipe, test_command: './tests/runtests.py' },
      grading: 'v4',
    });
    expect(script).toContain("\n./tests/runtests.py forms_tests.tests.test_a 'new test'\n");
  });

  test('there is none where nobody says how tests are run', () => {
    expect(evalScriptOf(instance(), { recipe: null, grading: 'v5' })).toBeNull();
  });
});

describe('how a task is graded', () => {
  const ids = { FAIL_TO_PASS: '["tests/test_a.py::test_a"]' };

  test('officially, where script and parser are known', () => {
    expect(howGraded(instance({ ...ids, eval_script: given }), { grading: 'v5' })).toMatchObject({
      kind: 'official',
      parser: 'pytest',
      usesPytest: true,
    });
    const tox = given.replace('pytest -rA', 'tox -epy39 -v --');
    expect(howGraded(instance({ ...ids, eval_script: tox }), { grading: 'v5' })).toMatchObject({
      usesPytest: false,
    });
  });

  test('by our own evidence where pytest runs the tests', () => {
    const unread = { ...ids, eval_script: given, log_parser: 'parse_log_nobody_knows' };
    expect(howGraded(instance(unread), { grading: 'v5' })).toEqual({ kind: 'own' });
    expect(howGraded(instance(ids), { grading: 'v5' })).toEqual({ kind: 'own' });
  });

  test('not at all, with the reason', () => {
    const jest = { FAIL_TO_PASS: '["renders"]', eval_script: given, log_parser: 'parse_log_jest' };
    expect(howGraded(instance(jest), { grading: 'v5' })).toEqual({
      kind: 'unsupported',
      reason: 'there is no log parser "parse_log_jest" here',
    });
    const bare = { FAIL_TO_PASS: '["renders"]' };
    expect(howGraded(instance(bare), { grading: 'v5' })).toMatchObject({
      kind: 'unsupported',
      reason: expect.stringContaining('no evaluation script') as unknown,
    });
  });
});

const rowFile = sharedData('swe/SWE-bench_Lite.dev.jsonl');

describe.skipIf(rowFile === null)('the scripts of SWE-bench Lite', () => {
  const rows =
    rowFile === null
      ? []
      : readFileSync(rowFile, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

  test.each(rows.map((row) => [String(row['instance_id']), row] as const))('%s', (_, row) => {
    // The same tests are run, on the same files, where the row has no script of its own.
    const task = instance({ ...row, eval_script: null });
    const made = evalScriptOf(task, { recipe: specOf(task), grading: 'v4' })?.split('\n') ?? [];
    const own = String(row['eval_script']).split('\n');
    const runsTests = (lines: readonly string[]): string | undefined =>
      lines[lines.findIndex((line) => line.includes('Start Test Output')) + 1];
    expect(runsTests(made)).toBe(runsTests(own));
    const resets = (line: string): boolean => line.startsWith('git checkout ');
    expect(made.filter(resets)).toEqual(own.filter(resets));
  });
});
