import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Docker from 'dockerode';
import { afterAll, expect, test } from 'vitest';
import { asAgent } from '../../support/asAgent';
import type { Crafted } from '../../support/officialImages';
import { buildOfficialImage, craft, hideFixEverywhere } from '../../support/officialImages';
import { TestRegistry } from '../../support/registry';
import { git } from '../../support/repositories';
import { Bench } from '../../support/runs';
import { describeOn } from '../../support/sandboxes';

interface OfficialRow {
  readonly instance_id: string;
  readonly repo: string;
  readonly base_commit: string;
  readonly image: string;
  readonly patch: string;
  readonly FAIL_TO_PASS: readonly string[];
  readonly PASS_TO_PASS: readonly string[];
}

describeOn('docker', 'official images', () => {
  const docker = new Docker();
  const images: string[] = [];
  const bench = Bench.use('docker');
  afterAll(async () => {
    const filters = { label: ['benchyard.kind=snapshot'] };
    for (const snapshot of await docker.listImages({ filters }))
      if (snapshot.Labels['benchyard.snapshot.title']?.startsWith('official-test/'))
        await docker.getImage(snapshot.Id).remove({ force: true });
    for (const image of images) await docker.getImage(image).remove({ force: true });
  });

  async function crafted(name: string, change: (made: Crafted) => Promise<void>): Promise<Crafted> {
    const made = await craft(path.join(bench.folder, name));
    await change(made);
    return made;
  }

  async function rowOf(name: string, made: Crafted): Promise<OfficialRow> {
    const image = await buildOfficialImage(bench.host, made);
    images.push(image);
    return {
      instance_id: `official-test__${name}-1`,
      repo: `official-test/${name}`,
      base_commit: made.base,
      image,
      patch: made.goldPatch,
      FAIL_TO_PASS: ['tests/test_calc.py::test_add'],
      PASS_TO_PASS: ['tests/test_calc.py::test_double'],
    };
  }

  test('the fix is in none of the places where it was, and evaluating still works', async () => {
    const made = await crafted('leaky', async (leaky) => {
      await hideFixEverywhere(leaky);
      // What the image changed by itself: in a file of the repository, and beside them.
      await writeFile(path.join(leaky.repository.path, 'README.md'), 'base\nof the image\n');
      await writeFile(path.join(leaky.repository.path, 'built.txt'), 'built\n');
    });
    const row = await rowOf('leaky', made);
    const { printed, run } = await asAgent(bench, row, [
      "git cat-file --batch-all-objects --batch-check='%(objectname)' | sort",
      'git log --all --format="%s %P"; git status --porcelain --ignored',
      'git for-each-ref; git reflog --all; git stash list; git remote -v; git notes list; git worktree list | wc -l',
      'git fsck --unreachable --lost-found --no-progress; git diff --cached; git ls-files --resolve-undo',
      `for o in $(find / -xdev -type d -name objects -not -path '/proc/*' 2>/dev/null); do git --git-dir="\${o%/objects}" cat-file -e ${made.fix} 2>/dev/null && echo "found in $o"; done`,
      `grep -rlsaE "SECRET (fix|tag|note|reflog|stash|content|patch|hook|description)|SECRET-branch|com/SECRET|${made.fix}" / --exclude-dir=proc --exclude-dir=sys`,
      "grep -rlsaP '^PACK\\x00\\x00\\x00\\x02' / --exclude-dir=proc --exclude-dir=sys | grep -v '^/testbed/.git/objects/pack/pack-' | head",
      'cat built.txt README.md',
      `git checkout ${made.base} tests/test_calc.py && git diff HEAD --stat`,
      'echo "by the agent" >> README.md; echo new > new.txt',
    ]);
    const [objects = '', log, refs, unreachable, clones, plain, packs, files, checkout] = printed;
    const strange = objects
      .trim()
      .split('\n')
      .filter((id) => !made.allowed.includes(id));
    // The image's commit, its tree, and the one file that it changed.
    expect(strange).toHaveLength(3);
    expect(log?.trim().split('\n')).toEqual([
      `Environment of the image ${made.base}`,
      expect.stringMatching(/^base /),
      expect.stringMatching(/^earlier /),
      'change ',
      '!! built.txt',
    ]);
    expect(refs).toMatch(/^[0-9a-f]{40} commit\trefs\/heads\/main\n1\n$/);
    expect(unreachable).toBe('');
    expect(clones).toBe('');
    expect(plain).toBe('');
    expect(packs).toBe('');
    expect(files).toBe('built\nbase\nof the image\n');
    expect(checkout).toMatch(/Updated 0 paths/);
    // What the agent did and nothing else, on the image's own files.
    const { status } = run.of(row.instance_id);
    expect(status).toBe('failed');
    const patch = await readFile(path.join(run.runDir, `${row.instance_id}_0/patch.diff`), 'utf8');
    expect(patch).toContain(' of the image\n+by the agent\n');
    expect(patch.match(/^diff --git .*$/gm)).toHaveLength(2);
    const gold = await bench.run([row], { agent: 'gold' });
    expect(gold.of(row.instance_id)).toMatchObject({
      status: 'passed',
      verdict: { resolution: 'resolved' },
    });
  }, 180_000);

  test('where nothing has to go, nothing is kept on top of the image', async () => {
    const made = await crafted('clean', async ({ repository, base }) => {
      await git(repository.path, 'reflog', 'expire', '--expire=now', '--all');
      await git(repository.path, 'gc', '-q', '--prune=now');
      const left = ['logs', 'hooks', 'branches', 'description', 'COMMIT_EDITMSG', 'ORIG_HEAD'];
      for (const name of [...left, 'info/refs', 'packed-refs', 'objects/info'])
        await rm(path.join(repository.path, '.git', name), { recursive: true, force: true });
      await mkdir(path.join(repository.path, '.git/refs/heads'), { recursive: true });
      await writeFile(path.join(repository.path, '.git/refs/heads/main'), `${base}\n`);
    });
    const row = await rowOf('clean', made);
    const run = await bench.run([row], { agent: 'gold' });
    expect(run.of(row.instance_id).status).toBe('passed');
    const title = `official-test/clean@${made.base.slice(0, 7)}`;
    const filters = { label: [`benchyard.snapshot.title=${title}`] };
    expect(await docker.listImages({ filters })).toEqual([]);
  });

  test('an image that cannot be used or had costs its own trials alone, and says why', async () => {
    await using registry = await TestRegistry.start('of another task');
    const made = await crafted('other', () => Promise.resolve());
    const row = await rowOf('other', made);
    const strange = {
      ...row,
      instance_id: 'official-test__strange-1',
      base_commit: '1'.repeat(40),
    };
    const image = registry.image('missing');
    const missing = { ...row, instance_id: 'official-test__missing-1', image };
    const run = await bench.run([missing, strange, row], { agent: 'gold' });
    expect(run.of(strange.instance_id)).toMatchObject({
      status: 'infra_failure',
      cause: 'image-unsuitable',
    });
    const why = `does not have the commit ${strange.base_commit}`;
    expect(run.of(strange.instance_id).detail).toContain(why);
    expect(run.of(missing.instance_id)).toMatchObject({
      status: 'infra_failure',
      cause: 'image-unavailable',
      verdict: null,
      image: null,
    });
    expect(run.of(missing.instance_id).detail).toMatch(/manifest unknown|not found/i);
    expect(run.of(row.instance_id)).toMatchObject({ status: 'passed', image: { name: row.image } });
  });
});
