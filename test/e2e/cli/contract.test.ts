import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CliEnd } from '../../support/cli';
import { cli, cliJson, CliProcess, leftBehind, until } from '../../support/cli';
import { readJsonLines } from '../../support/files';
import {
  calculator,
  fixedCalculator,
  git,
  TestRepository,
  writeTasks,
} from '../../support/repositories';
import { describeOnEverySandbox, testCache, warmUp } from '../../support/sandboxes';
import { temporaryFolder, testHost } from '../../support/temp';

const samples = path.join(import.meta.dirname, '../../../samples/seed_tasks.jsonl');
const patient = { clone: 60, install: 120, apply: 60, test: 60, total: 600 };
const firstKeys = ['task_id', 'repo', 'ref', 'pytest_k', 'status', 'duration_s', 'tail'];
const otherKeys = [
  'attempt',
  'agent',
  'model',
  'exit_status',
  'cause',
  'before',
  'after',
  'verdict',
  'stages',
  'usage',
  'agent_stats',
  'patch_stats',
];

interface Results {
  readonly run_dir: string;
  readonly run_id: string;
  readonly totals: Record<string, number>;
  readonly trials: readonly Record<string, unknown>[];
}

describeOnEverySandbox('the command line', (sandbox) => {
  let folder: { path: string } & AsyncDisposable;
  let repository: TestRepository;
  let ref: string;
  let fix: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    env = { BENCHYARD_CACHE: await testCache(folder.path) };
    await warmUp(sandbox, testHost(folder.path));
    repository = await TestRepository.make(path.join(folder.path, 'calculator'), calculator);
    ref = await repository.head();
    fix = await repository.patch({ 'calc/__init__.py': fixedCalculator });
    await writeFile(path.join(folder.path, 'fix.diff'), fix);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const row = (taskId: string, more: object = {}): object => ({
    task_id: taskId,
    repo: repository.path,
    ref,
    timeouts: patient,
    ...more,
  });
  const here = (): { cwd: string; env: Record<string, string> } => ({ cwd: folder.path, env });
  const on = ['--sandbox', sandbox, '--concurrency', '2'];
  const run = async (args: readonly string[], status = 0): Promise<Results> =>
    (await cliJson(['run', ...on, ...args], { ...here(), status })) as Results;
  const fails = async (args: readonly string[]): Promise<CliEnd> => await cli(args, here());

  test('runs the samples', async () => {
    const found = await run(['--tasks', samples, '--timeout-test', '60', '--timeout-clone', '60']);
    expect(found.totals).toMatchObject({ total: 12, resolved: 12, resolved_rate: 1 });
    expect(found.trials.map(({ status }) => status)).toEqual(Array(12).fill('passed'));
    expect(path.dirname(found.run_dir)).toBe(path.join(folder.path, 'sandbox/runs'));
    expect(path.basename(found.run_dir)).toBe(found.run_id);
    expect(found.run_id).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-UTC_run-group_gold(-\d+)?$/);
    const [trial] = found.trials;
    expect(Object.keys(trial ?? {}).slice(0, 7)).toEqual(firstKeys);
    expect(Object.keys(trial ?? {})).toEqual(expect.arrayContaining(otherKeys));
    expect(String(trial?.['tail']).split('\n').length).toBeLessThanOrEqual(20);

    const folders = (await readdir(found.run_dir, { withFileTypes: true })).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders).toHaveLength(12);
    for (const { name } of folders) {
      const files = await readdir(path.join(found.run_dir, name));
      for (const file of [
        'result.json',
        'events.jsonl',
        'patch.diff',
        'before.txt',
        'after.txt',
        'trajectory.jsonl',
      ]) {
        expect(files, name).toContain(file);
      }
    }
    const first = JSON.parse(
      await readFile(
        path.join(found.run_dir, `${String(trial?.['task_id'])}_0`, 'result.json'),
        'utf8',
      ),
    ) as object;
    expect(Object.keys(first).slice(0, 7)).toEqual(firstKeys);
    expect(first).toEqual(trial);
    expect(await readJsonLines(path.join(found.run_dir, 'results.jsonl'))).toEqual(found.trials);
    for (const name of ['run.json', 'metadata.json', 'report.json']) {
      expect(await readdir(found.run_dir)).toContain(name);
    }
  });

  test('agents, attempts and the gate', async () => {
    const file = await writeTasks(folder.path, [row('gold', { patch: fix }), row('none')]);
    const gold = await run(['--tasks', file, '--fail-under', '0.5']);
    expect(gold.trials.map(({ status }) => status)).toEqual(['passed', 'empty_patch']);
    // Only a part is resolved: the run is done, the gate is not met.
    const gated = await run(['--tasks', file, '--fail-under', '0.6'], 1);
    expect(gated.totals['resolved_rate']).toBe(0.5);

    const patched = await run(['--tasks', file, '--patch', 'fix.diff', '--attempts', '2']);
    expect(patched.run_id).toContain('run-group_patch');
    expect(
      patched.trials.map(({ task_id, attempt, status, agent }) => [
        task_id,
        attempt,
        status,
        agent,
      ]),
    ).toEqual([
      ['gold', 0, 'passed', 'patch'],
      ['none', 0, 'passed', 'patch'],
      ['gold', 1, 'passed', 'patch'],
      ['none', 1, 'passed', 'patch'],
    ]);

    const empty = await run(['--tasks', file, '--task-id', 'gold', '--agent', 'empty']);
    expect(empty.trials.map(({ status }) => status)).toEqual(['empty_patch']);

    const actions = [
      {
        action: 'shell',
        command: "sed -i 's/a - b/a + b/' calc/__init__.py && touch junk.txt && rm junk.txt",
      },
      { action: 'write_file', path: 'NOTES.md', content: 'fixed\n' },
      { action: 'submit' },
      { action: 'shell', command: 'rm -rf calc' },
    ];
    await writeFile(
      path.join(folder.path, 'actions.jsonl'),
      actions.map((action) => JSON.stringify(action)).join('\n'),
    );
    const replayed = await run([
      '--tasks',
      file,
      '--task-id',
      'none',
      '--agent',
      'replay',
      '--actions',
      'actions.jsonl',
    ]);
    expect(replayed.trials).toMatchObject([
      { status: 'passed', exit_status: 'submitted', patch_stats: { files: 2 } },
    ]);
    const trajectory = await readJsonLines(path.join(replayed.run_dir, 'none_0/trajectory.jsonl'));
    expect(trajectory).toMatchObject([
      { step: 1, kind: 'tool', tool: 'shell', ok: true },
      { step: 2, kind: 'tool', tool: 'write_file', ok: true },
      { step: 3, kind: 'end', exit_status: 'submitted' },
    ]);
  });

  test('one task given directly, in either spelling', async () => {
    await git(repository.path, 'tag', '-f', 'v1', ref);
    const kebab = await run([
      '--repo',
      repository.path,
      '--ref',
      ref,
      '--pytest-k',
      'double',
      '--patch',
      'fix.diff',
      '--timeout-test',
      '60',
    ]);
    expect(kebab.trials).toMatchObject([
      {
        task_id: `calculator@${ref.slice(0, 7)}`,
        repo: repository.path,
        ref,
        pytest_k: 'double',
        status: 'passed',
      },
    ]);
    const snake = await run([
      '--repo=calculator',
      '--ref',
      'v1',
      '--pytest_k',
      'add',
      '--agent',
      'empty',
      '--timeout_test',
      '60',
      '--timeout_clone=60',
    ]);
    expect(snake.trials).toMatchObject([
      {
        task_id: 'calculator@v1',
        pytest_k: 'add',
        status: 'empty_patch',
        before: { passed: 0, failed: 1 },
      },
    ]);
  });

  test.each(['json', 'yaml'])('a config file (%s), which flags override', async (format) => {
    const file = await writeTasks(folder.path, [
      row('a', { patch: fix }),
      row('b', { patch: fix }),
    ]);
    const out = path.join(folder.path, `configured-${format}`);
    const config =
      format === 'json'
        ? JSON.stringify({
            tasks: [file],
            task_ids: ['a'],
            agent: 'empty',
            sandbox,
            out,
            fail_under: 0.5,
          })
        : `# comment\ntasks:\n  - ${file}\ntask_ids: [a]\nagent: empty\nsandbox: ${sandbox}\nout: ${out}\nfail_under: 0.5\n`;
    await writeFile(path.join(folder.path, `config.${format}`), config);
    const args = ['run', '--config', `config.${format}`];
    const asIs = (await cliJson(args, { ...here(), status: 1 })) as Results;
    expect(asIs.trials.map(({ task_id, status }) => [task_id, status])).toEqual([
      ['a', 'empty_patch'],
    ]);
    expect(path.dirname(asIs.run_dir)).toBe(out);
    const overridden = (await cliJson(
      [...args, '--task-id', 'b', '--agent', 'gold'],
      here(),
    )) as Results;
    expect(overridden.trials.map(({ task_id, status }) => [task_id, status])).toEqual([
      ['b', 'passed'],
    ]);
  });

  test('two equal runs have equal reports, results and comparisons', async () => {
    const file = await writeTasks(folder.path, [
      row('good', { patch: fix }),
      row('bad', { patch: fix.replace('return a + b', 'return a * b') }),
    ]);
    const first = await run(['--tasks', file]);
    const second = await run(['--tasks', file]);
    const report = async (...args: readonly string[]): Promise<string> => {
      const { status, stdout, stderr } = await cli(['report', ...args], here());
      expect(status, stderr).toBe(0);
      return stdout;
    };
    for (const format of ['text', 'md', 'csv', 'json']) {
      const stable = ['--stable', '--format', format];
      const [one, two] = [
        await report(first.run_dir, ...stable),
        await report(second.run_dir, ...stable),
      ];
      expect(one, format).toBe(two);
      expect(one).toContain('bad');
      expect(one).toMatch(/good.*passed|passed.*good|"good"[^}]*"passed"/s);
    }
    expect(JSON.parse(await report(first.run_dir, '--json'))).toBeTypeOf('object');
    expect((await report(first.run_dir, '--format', 'csv')).split('\n')[0]).toContain('task_id');
    expect(await report(first.run_dir, '--format', 'md')).toMatch(/^\|.*\|\n\|[ :-]+\|/m);
    const compared = await report(first.run_dir, second.run_dir, '--compare');
    expect(compared).toContain('good');

    const comparable = (trials: Results['trials']): unknown =>
      JSON.parse(
        JSON.stringify(trials, (key, value: unknown) =>
          key === 'duration_s'
            ? 0
            : key === 'tail'
              ? String(value).replace(/ in [\d.]+s/, '')
              : value,
        ),
      );
    expect(comparable(second.trials)).toEqual(comparable(first.trials));
  });

  test('a worker runs one trial; resume runs the rest and keeps what is there', async () => {
    const file = await writeTasks(folder.path, [
      row('a', { patch: fix }),
      row('b', { patch: fix }),
      row('c', { patch: fix, repo: path.join(folder.path, 'not-yet'), ref: 'main' }),
    ]);
    const started = new CliProcess(['run', ...on, '--concurrency', '1', '--tasks', file], here());
    const runDir = await started.runFolder();
    started.child.kill('SIGKILL');
    await started.ended;
    const one = (await cliJson(['trial', runDir, '1'], here())) as Record<string, unknown>;
    expect(one).toMatchObject({ task_id: 'b', status: 'passed' });
    expect(Object.keys(one).slice(0, 7)).toEqual(firstKeys);
    const all = (await cliJson(['resume', runDir], here())) as Results;
    expect(all.trials.map(({ task_id, status }) => [task_id, status])).toEqual([
      ['a', 'passed'],
      ['b', 'passed'],
      ['c', 'error'],
    ]);
    expect(all.trials[1]?.['duration_s']).toBe(one['duration_s']);
    expect(await cli(['trial', runDir, '7'], here())).toMatchObject({ status: 2, stdout: '' });
  });

  test('Ctrl+C stops, keeps what there is and leaves nothing behind', async () => {
    const file = await writeTasks(folder.path, [
      row('ends', { patch: fix }),
      row('hangs', { patch: fix, test_command: 'sleep 300; pytest' }),
    ]);
    const process = new CliProcess(
      ['run', ...on, '--concurrency', '1', '--tasks', file, '--json'],
      here(),
    );
    const runDir = await process.runFolder();
    await process.says(/passed ends_0/);
    await until(async () =>
      (await readFile(path.join(runDir, 'hangs_0/events.jsonl'), 'utf8').catch(() => '')).includes(
        '"before"',
      ),
    );
    process.child.kill('SIGINT');
    const { status, stdout } = await process.ended;
    expect(status).toBe(130);
    const { trials } = JSON.parse(stdout) as Results;
    expect(trials.map(({ task_id, status, cause }) => [task_id, status, cause])).toEqual([
      ['ends', 'passed', null],
      ['hangs', 'cancelled', 'user'],
    ]);
    expect(await readJsonLines(path.join(runDir, 'events.jsonl'))).toContainEqual(
      expect.objectContaining({ type: 'run.ended', end: 'cancelled', cause: 'user' }),
    );
    expect(await leftBehind(sandbox, process.pid, here())).toEqual([]);
  });

  test('infrastructure that fails is told apart, after the others were finished', async () => {
    const file = await writeTasks(folder.path, [
      row('unsuitable', { patch: fix, test_command: 'no-such-program --run' }),
      row('fine', { patch: fix }),
    ]);
    const { trials, totals } = await run(['--tasks', file], 3);
    expect(trials.map(({ task_id, status, cause }) => [task_id, status, cause])).toEqual([
      ['unsuitable', 'infra_failure', 'image-unsuitable'],
      ['fine', 'passed', null],
    ]);
    expect(totals).toMatchObject({ total: 2, infra_failure: 1, resolved: 1, resolved_rate: 0.5 });
    const retried = (await cliJson(['resume', await newest(), '--retry', 'infra'], {
      ...here(),
      status: 3,
    })) as Results;
    expect(retried.trials.map(({ status }) => status)).toEqual(['infra_failure', 'passed']);
    expect(await readJsonLines(path.join(retried.run_dir, 'results.jsonl'))).toHaveLength(2);
  });

  test('bad lines stop a run, unless they are to be skipped', async () => {
    const file = path.join(folder.path, 'some-bad.jsonl');
    await writeFile(
      file,
      `${JSON.stringify(row('good', { patch: fix }))}\n{"task_id": "no-repo", "ref": "main"}\n{"task_id": \n${JSON.stringify(row('good'))}\n`,
    );
    const refused = await fails(['run', ...on, '--tasks', file, '--out', 'never', '--json']);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toContain(`${file}:2: repo: `);
    expect(await readdir(folder.path)).not.toContain('never');
    const { trials } = await run(['--tasks', file, '--skip-bad']);
    expect(trials.map(({ task_id, status }) => [task_id, status])).toEqual([['good', 'passed']]);

    const listed = await fails(['tasks', 'list', '--tasks', file]);
    expect(listed.status).toBe(2);
    expect(listed.stdout).toContain('good');
    const told = listed.stderr.split('\n').filter((line) => line.startsWith(`${file}:`));
    expect(told.map((line) => line.slice(file.length).split(' ')[0])).toEqual([
      ':2:',
      ':3:',
      ':4:',
    ]);
    expect(await cliJson(['tasks', '--tasks', file], { ...here(), status: 2 })).toMatchObject({
      tasks: [
        {
          task_id: 'good',
          benchmark: 'swe',
          repo: repository.path,
          ref,
          source: { file, line: 1 },
        },
      ],
      errors: [
        { file, line: 2, field: 'repo' },
        { file, line: 3, field: '' },
        { file, line: 4, field: 'task_id' },
      ],
    });
  });

  test('doctor', async () => {
    const report = (await cliJson(['doctor'], here())) as {
      ok: boolean;
      checks: { id: string; ok: boolean }[];
    };
    expect(report.ok).toBe(true);
    for (const check of report.checks)
      expect(Object.keys(check).sort()).toEqual(['fix', 'found', 'id', 'ok']);
    expect(report.checks).toContainEqual(expect.objectContaining({ id: sandbox, ok: true }));
    expect(report.checks).toContainEqual(expect.objectContaining({ id: 'git', ok: true }));
    expect((await cli(['doctor'], here())).stdout).toContain('Ready to run');
  });

  test('clean looks first and removes only what it was told to', async () => {
    const mirrors = path.join(env['BENCHYARD_CACHE'] ?? '', 'mirrors');
    await mkdir(mirrors, { recursive: true });
    await writeFile(path.join(mirrors, 'marker'), '12345');
    const marker = { kind: 'cache', id: path.join(mirrors, 'marker'), bytes: 5 };
    interface Items {
      items: { kind: string; id: string; removed: boolean }[];
    }
    const looked = (await cliJson(['clean', '--cache', '--dry-run'], here())) as Items;
    expect(looked.items).toContainEqual({ ...marker, removed: false });
    const asked = await cli(['clean', '--cache'], here());
    expect(asked).toMatchObject({ status: 2, stdout: '' });
    expect(asked.stderr).toContain('--yes');
    expect(await readdir(mirrors)).toContain('marker');
    const removed = (await cliJson(['clean', '--cache', '--yes'], here())) as Items;
    expect(removed.items).toContainEqual({ ...marker, removed: true });
    expect(removed.items.map(({ kind }) => kind)).toEqual(removed.items.map(() => 'cache'));
    expect(await readdir(mirrors)).toEqual([]);
    expect(((await cliJson(['clean', '--cache', '--dry-run'], here())) as Items).items).toEqual([]);
  });

  async function newest(): Promise<string> {
    const out = path.join(folder.path, 'sandbox/runs');
    const names = (await readdir(out)).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    return path.join(out, names.at(-1) ?? '');
  }
});
