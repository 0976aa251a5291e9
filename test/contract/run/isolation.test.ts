import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { calculator, fixedCalculator, git, TestRepository } from '../../support/repositories';
import { asAgent } from '../../support/asAgent';
import { Bench, patient } from '../../support/runs';
import { describeOnEverySandbox } from '../../support/sandboxes';

describeOnEverySandbox('what a trial cannot see', (sandbox) => {
  let repository: TestRepository;
  let base: string;
  let fix: string;
  const bench = Bench.use(sandbox, async ({ folder }) => {
    repository = await TestRepository.make(path.join(folder, 'history'), calculator);
    await repository.commit({ 'README.md': 'first\n' }, 'earlier');
    base = await repository.commit({ 'README.md': 'base\n' }, 'base');
    // The fix is everywhere that later history can hide in.
    fix = await repository.commit({ 'calc/__init__.py': fixedCalculator }, 'SECRET fix');
    await git(repository.path, 'tag', '-a', 'v2', '-m', 'SECRET tag');
    await git(repository.path, 'branch', 'SECRET-branch');
    await git(repository.path, 'notes', 'add', '-m', 'SECRET note', base);
    await writeFile(path.join(repository.path, 'README.md'), 'SECRET stash\n');
    await git(repository.path, 'stash');
    await git(repository.path, 'update-ref', 'refs/pull/1/head', fix);
    await git(repository.path, 'remote', 'add', 'upstream', 'https://example.com/SECRET.git');
    await git(repository.path, 'gc', '-q');
  });

  test.each(['commit', 'branch'])('later history, given the base as a %s', async (kind) => {
    await git(repository.path, 'branch', '-f', 'base-branch', base);
    const row = {
      task_id: `history-${kind}`,
      repo: repository.path,
      ref: kind === 'commit' ? base : 'base-branch',
      timeouts: patient,
    };
    const {
      printed: [objects = '', head = '', log = '', ...others],
    } = await asAgent(bench, row, [
      "git cat-file --batch-all-objects --batch-check='%(objectname)' | sort",
      'git rev-parse HEAD',
      'git log --all --format=%s',
      'git for-each-ref',
      'git reflog --all',
      'git stash list',
      'git remote -v',
      'git fsck --unreachable --lost-found --no-progress',
      'cat .git/packed-refs .git/ORIG_HEAD .git/FETCH_HEAD .git/objects/info/alternates .git/config 2>&1',
      `git cat-file -p ${fix}; git show v2; git notes list`,
      'grep -rlsE "SECRET (fix|tag|note|stash)|SECRET-branch" /workspace /tmp /opt /home /root /etc /var',
    ]);
    const allowed = (await git(repository.path, 'rev-list', '--objects', base))
      .split('\n')
      .map((line) => line.slice(0, 40))
      .filter((line) => line !== '')
      .sort();
    expect(objects.trim().split('\n')).toEqual(allowed);
    expect(head.trim()).toBe(base);
    expect(log.trim().split('\n')).toEqual(['base', 'earlier', 'change']);
    const [refs, reflog, stash, remotes, unreachable, files, shown, found] = others;
    expect(refs?.trim()).toBe(`${base} commit\trefs/heads/main`);
    expect(reflog).toBe('');
    expect(stash).toBe('');
    expect(remotes).toBe('');
    expect(unreachable).toBe('');
    expect(files).not.toMatch(/SECRET|example\.com|\[remote/);
    expect(shown).not.toContain('SECRET');
    expect(found).toBe('');
  });

  test('what the install left in the repository is the environment, not a patch and not history', async () => {
    const install =
      'echo generated > built.txt && echo changed >> README.md && git tag SECRET-tag && git stash list';
    const row = {
      task_id: 'installed',
      repo: repository.path,
      ref: base,
      install,
      timeouts: patient,
    };
    const {
      printed: [status, refs, logs],
    } = await asAgent(bench, row, [
      'git status --porcelain',
      'git for-each-ref --format="%(refname)"',
      'git reflog --all; ls .git/logs 2>/dev/null',
    ]);
    expect(status).toBe('');
    expect(refs).not.toContain('refs/remotes');
    expect(logs).toBe('');
  });

  test('the network and the settings of the install', async () => {
    const secret = 'https://user:SECRETPASSWORD@127.0.0.1:9/simple';
    const host = {
      ...bench.host.env,
      PIP_INDEX_URL: secret,
      PIP_CERT: '',
      HTTPS_PROXY: 'http://SECRETPROXY:9',
    };
    const own = Bench.with(sandbox, bench, host);
    const install =
      'env | grep -c -E "^PIP_INDEX_URL=.*SECRETPASSWORD" > /workspace/project/seen.txt; true';
    const row = {
      task_id: 'settings',
      repo: repository.path,
      ref: base,
      install,
      timeouts: patient,
    };
    const {
      printed: [seen, env, files, network],
    } = await asAgent(own, row, [
      'cat seen.txt',
      'env; cat /proc/self/environ /proc/1/environ 2>/dev/null | tr "\\0" "\\n"',
      'grep -rlsE "SECRETPASSWORD|SECRETPROXY" /workspace /tmp /root /home /etc /opt /var 2>/dev/null | head',
      'python3 -c "import socket; s = socket.socket(); s.settimeout(3); s.connect((\'1.1.1.1\', 53))"; cat /proc/net/route | tail -n +2',
    ]);
    expect(seen?.trim()).toBe('1');
    expect(env).not.toMatch(/SECRET|PIP_(INDEX|CERT|CONFIG|EXTRA)|PROXY|CERT/i);
    expect(files).toBe('');
    expect(network).toMatch(/unreachable|not permitted|denied/i);

    // The tests' own sandboxes are as closed as the agent's.
    const probe =
      "python3 -c \"import os, socket; print(sorted(k for k in os.environ if k.startswith(('PIP_INDEX', 'HTTP')))); socket.create_connection(('1.1.1.1', 53), 3)\"";
    const run = await own.run([
      {
        ...row,
        task_id: 'probe',
        test_command: `${probe}; pytest`,
        patch: await repository.patch({ 'README.md': 'x\n' }),
      },
    ]);
    for (const stage of ['before', 'after']) {
      const said = await readFile(path.join(run.runDir, `probe_0/${stage}.txt`), 'utf8');
      expect(said, stage).toMatch(/unreachable|not permitted|denied/i);
      expect(said, stage).toContain('[]');
    }
  });
});
