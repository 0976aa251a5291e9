import { readFile } from 'node:fs/promises';
import path from 'node:path';
import Docker from 'dockerode';
import { afterAll, expect, test } from 'vitest';
import { reversePatch } from '../../../src/runner/model';
import { asAgent } from '../../support/asAgent';
import { buildOfficialImage, craft } from '../../support/officialImages';
import { calculator, fixedCalculator, git, TestRepository } from '../../support/repositories';
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

describeOn('docker', 'a row of SWE-smith', () => {
  const docker = new Docker();
  const bench = Bench.use('docker');
  let image = '';
  afterAll(async () => {
    const filters = { label: ['benchyard.kind=snapshot'] };
    for (const snapshot of await docker.listImages({ filters }))
      if (snapshot.Labels['benchyard.snapshot.title']?.startsWith('smith-test/'))
        await docker.getImage(snapshot.Id).remove({ force: true });
    if (image !== '') await docker.getImage(image).remove({ force: true });
  });

  test('starts with the bug in its image, whose history had the fix', async () => {
    const made = await craft(path.join(bench.folder, 'smith'));
    // The image is at a commit without the bug.
    await git(made.repository.path, 'reset', '-q', '--hard', made.fix);
    image = await buildOfficialImage(bench.host, made);
    const row = {
      instance_id: 'smith-test__calculator.lm_rewrite__1',
      repo: 'smith-test/calculator',
      base_commit: made.fix,
      image_name: image,
      patch: reversePatch(made.goldPatch),
      FAIL_TO_PASS: ['tests/test_calc.py::test_add'],
      PASS_TO_PASS: ['tests/test_calc.py::test_double'],
    };
    const gold = (await bench.run([row], { agent: 'gold' })).of(row.instance_id);
    expect(gold).toMatchObject({
      status: 'passed',
      before: { passed: 1, failed: 1 },
      verdict: { FAIL_TO_PASS: { success: row.FAIL_TO_PASS }, PASS_TO_PASS: { failure: [] } },
    });
    const { printed } = await asAgent(bench, row, [
      'git log --all --format=%s',
      "git cat-file --batch-all-objects --batch-check='%(objectname)' | while read -r o; do git cat-file -p $o; done | grep -ac 'return a + b'",
    ]);
    expect(printed).toEqual(['Start of the task\n', '0\n']);
  });
});
