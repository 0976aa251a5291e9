import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { reversePatch } from '../../../src/runner/model';
import { calculator, fixedCalculator, TestRepository } from '../../support/repositories';
import { Bench } from '../../support/runs';
import { describeOn, sandboxes } from '../../support/sandboxes';

// The same script makes the bug in every sandbox: the faster one is enough.
const sandbox = sandboxes.at(-1) ?? 'docker';

/** Looks for the fix wherever git could have it, and hands in what it found instead of a fix. */
const search = `
git rev-list --all --objects > found.txt
git cat-file --batch-all-objects --batch-check='%(objectname)' | while read -r object; do
  git cat-file -p "$object"
done | grep -a 'return a + b' >> found.txt
git log --all --format=%H | wc -l >> found.txt
`;

describeOn(sandbox, 'a task whose bug a patch makes', () => {
  let row: Readonly<Record<string, unknown>>;
  const bench = Bench.use(sandbox, async ({ folder }) => {
    const repository = await TestRepository.make(path.join(folder, 'calculator'), calculator);
    const fix = await repository.patch({ 'calc/__init__.py': fixedCalculator });
    await repository.commit({ 'calc/__init__.py': fixedCalculator });
    const bug = reversePatch(fix) ?? '';
    row = { task_id: 'a', repo: repository.path, ref: 'main', start_patch: bug, patch: fix };
  });

  test('starts with it, and the gold patch takes it away', async () => {
    const result = (await bench.run([row], { agent: 'gold' })).of('a');
    expect(result).toMatchObject({ status: 'passed', before: { failed: 1 } });
  });

  test('tells nothing of what was there before', async () => {
    const run = await bench.run([row], { agent: 'command', command: search });
    expect(run.of('a')).toMatchObject({ status: 'failed' });
    const patch = await readFile(path.join(run.runDir, 'a_0', 'patch.diff'), 'utf8');
    expect(patch).toMatch(/^\+1$/m);
    expect(patch).not.toContain('return a + b');
  });

  test('that does not apply is not run', async () => {
    const broken = { ...row, start_patch: String(row['start_patch']).replace('return', 'yield') };
    const result = (await bench.run([broken], { agent: 'gold' })).of('a');
    expect(result).toMatchObject({ status: 'error', cause: 'invalid_task' });
  });
});
