import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { RunConfigInput, TrialResult } from '../../../src/runner/model';
import { calculator, fixedCalculator, TestRepository } from '../../support/repositories';
import { Bench } from '../../support/runs';
import { describeOn, sandboxes } from '../../support/sandboxes';

// The same scripts apply patches in every sandbox: the faster one is enough.
const sandbox = sandboxes.at(-1) ?? 'docker';

describeOn(sandbox, 'patches as people and models write them', () => {
  let repository: TestRepository;
  let fix: string;
  const bench = Bench.use(sandbox, async ({ folder }) => {
    repository = await TestRepository.make(path.join(folder, 'calculator'), {
      ...calculator,
      'logo.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]),
      'windows.txt': 'one\r\ntwo\r\n',
    });
    fix = await repository.patch({ 'calc/__init__.py': fixedCalculator });
  });

  async function handIn(patch: string, config: RunConfigInput = {}): Promise<TrialResult> {
    const file = path.join(bench.folder, 'handed-in.diff');
    await writeFile(file, patch);
    const row = { task_id: 'a', repo: repository.path, ref: 'main' };
    return (await bench.run([row], { patch: file, ...config })).of('a');
  }

  test.each<[string, () => string]>([
    ['as git makes it', () => fix],
    ['with CRLF throughout', () => fix.replaceAll('\n', '\r\n')],
    ['without its last newline', () => fix.trimEnd()],
    ['without the git header', () => fix.replace(/^diff --git.*\nindex.*\n/, '')],
    ['with a text before it', () => `Here is the fix:\n\n${fix}`],
    ['with wrong line numbers', () => fix.replace(/@@ -1,/, '@@ -3,').replace(/\+1,/, '+3,')],
  ])('%s: applied', async (_title, patch) => {
    expect(await handIn(patch())).toMatchObject({ status: 'passed', patch_stats: { files: 1 } });
  });

  test('with wrong counts: applied as it was meant, or refused, but never half', async () => {
    const result = await handIn(fix.replace(/@@ -(\d+),\d+ \+(\d+),\d+ @@/, '@@ -$1,90 +$2,91 @@'));
    expect([null, 'does_not_apply']).toContain(result.cause);
    expect(['passed', 'patch_rejected']).toContain(result.status);
  });

  test.each<[string, () => string | Promise<string>, RunConfigInput?]>([
    ['does_not_apply', () => fix.replace('    return a - b', '    return something else')],
    ['malformed', () => 'I would change add so that it adds.\n'],
    ['binary', () => repository.patch({ 'logo.png': Buffer.from([0, 1, 2, 255]) })],
    ['binary', () => repository.patch({ 'new.png': Buffer.from([0, 1, 2, 255]) })],
    ['outside_repository', () => fix.replaceAll('calc/__init__.py', '../outside.py')],
    ['outside_repository', () => fix.replaceAll('calc/__init__.py', '.git/hooks/post-checkout')],
    [
      'symlink',
      () =>
        'diff --git a/link b/link\nnew file mode 120000\nindex 0000000..1a2b3c4\n--- /dev/null\n+++ b/link\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n',
    ],
    [
      'submodule',
      () =>
        'diff --git a/sub b/sub\nnew file mode 160000\nindex 0000000..1a2b3c4\n--- /dev/null\n+++ b/sub\n@@ -0,0 +1 @@\n+Subproject commit 0123456789012345678901234567890123456789\n',
    ],
    [
      'mode_change',
      () => 'diff --git a/calc/__init__.py b/calc/__init__.py\nold mode 100644\nnew mode 100755\n',
    ],
    ['too_large', () => fix, { patch_limits: { max_bytes: 100 } }],
    [
      'too_many_files',
      () => repository.patch({ 'calc/__init__.py': fixedCalculator, 'calc/b.py': 'B = 1\n' }),
      { patch_limits: { max_files: 1 } },
    ],
    [
      'too_many_hunks',
      () => `${fix}${fix.slice(fix.indexOf('@@')).replace(/@@ -1,/, '@@ -20,')}`,
      { patch_limits: { max_hunks: 1 } },
    ],
    ['shadows_test_runner', () => repository.patch({ 'pytest.py': 'X = 1\n' })],
  ])('refused: %s', async (cause, patch, config) => {
    const result = await handIn(await patch(), config);
    expect(result).toMatchObject({ status: 'patch_rejected', cause });
    expect(result.detail).toMatch(/\w/);
    expect(result.after).toBeNull();
  });

  test('a file with CRLF of its own keeps them', async () => {
    const patch = await repository.patch({
      'calc/__init__.py': fixedCalculator,
      'windows.txt': 'one\r\nthree\r\n',
    });
    expect(await handIn(patch)).toMatchObject({ status: 'passed', patch_stats: { files: 2 } });
  });

  test.each([
    ['', 'nothing'],
    [' \n\n', 'white space'],
  ])('%j (%s) is an empty patch', async (patch) => {
    expect(await handIn(patch)).toMatchObject({ status: 'empty_patch', cause: null });
  });
});
