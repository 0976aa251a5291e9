import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readRunState } from '../../../src/runner/store/runReader';
import { cli, CliProcess, until } from '../../support/cli';
import {
  assertWhole,
  clusterTasks,
  endedIn,
  nodesOf,
  onlyTrial,
  planOf,
  resultsOf,
  startsOf,
  trialsOf,
  writeConfig,
} from '../../support/clusterRuns';
import { fixedCalculator } from '../../support/repositories';
import { clusterProblem, SlurmCluster } from '../../support/slurm';

const problem = clusterProblem();
if (problem !== null) console.warn(`tests on Slurm are SKIPPED: ${problem}`);

describe.skipIf(problem !== null)('a run on a Slurm cluster', () => {
  let cluster: SlurmCluster;
  let quick: string;
  let slow: string;
  let slower: string;
  let solved: string;

  const startWith = (
    env: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): CliProcess =>
    new CliProcess(args, {
      cwd: cluster.folder,
      env: { ...cluster.env, ...env },
      by: cluster.by(),
    });
  const start = (...args: readonly string[]): CliProcess => startWith({}, ...args);
  const onSlurm = ['--engine', 'slurm', '--agent', 'empty', '--no-tests-before'] as const;
  const runQuick = (...args: readonly string[]): CliProcess =>
    start('run', '--tasks', quick, ...onSlurm, ...args);
  const slowRun = (): readonly string[] => [
    ...['run', '--tasks', slow],
    ...['--engine', 'slurm', '--agent', 'empty'],
  ];

  beforeAll(async () => {
    cluster = await SlurmCluster.start({ nodes: 3, cpus: 8 });
    const { repository, tasksIn } = await clusterTasks(cluster.folder);
    const patch = await repository.patch({ 'calc/__init__.py': fixedCalculator });
    quick = await tasksIn('quick', {});
    slow = await tasksIn('slow', { test_command: 'sleep 6; pytest' });
    slower = await tasksIn('slower', { test_command: 'sleep 20; pytest' });
    solved = await tasksIn('solved', { patch });
    // The environment is prepared once, so that what follows is about the cluster.
    const { status, stderr } = await start('run', '--tasks', quick, '--sandbox', 'bubblewrap')
      .ended;
    expect(status, stderr).toBe(0);
  });

  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => {
      console.warn(await cluster.account());
    });
  });

  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  test('300 trials on three nodes: each ends once, although a node is lost and the controller starts again', async () => {
    const slowly = ['--agent', 'empty', '--attempts', '6'] as const;
    const long = start('run', '--tasks', slower, '--engine', 'slurm', ...slowly);
    const longDir = await long.runFolder();
    await until(async () => (await nodesOf(longDir, 'running')).includes('node2'));
    const many = runQuick('--attempts', '300');
    const runDir = await many.runFolder();
    // Of both runs something runs on the node that is lost, some trials with their locks held.
    await until(async () => (await nodesOf(runDir, 'ended')).includes('node2'));
    await cluster.killNode(2);
    await until(async () => (await endedIn(runDir)) >= 100);
    await cluster.stopController();
    await cluster.startController();
    await assertWhole(await many.ended, runDir, 300);
    await assertWhole(await long.ended, longDir, 6);
    expect(new Set(await nodesOf(runDir, 'ended'))).toEqual(new Set(['node1', 'node2', 'node3']));
    // What ran on the lost node began anew elsewhere.
    const begun = await Promise.all((await trialsOf(longDir)).map((id) => startsOf(longDir, id)));
    expect(begun.some((nodes) => nodes.length > 1 && nodes[0] === 'node2')).toBe(true);
    await cluster.startNode(2);
    await cluster.untilIdle(3);
  });

  test('a submitter that is killed is resumed: its jobs go on, and none is run a second time', async () => {
    const first = runQuick('--attempts', '40');
    const runDir = await first.runFolder();
    await until(async () => (await endedIn(runDir)) >= 5);
    first.child.kill('SIGKILL');
    await first.ended;
    const there = await endedIn(runDir);
    // They need nobody.
    await until(async () => (await endedIn(runDir)) > there);
    const resumed = start('resume', runDir);
    await assertWhole(await resumed.ended, runDir, 40);
    for (const id of await trialsOf(runDir)) expect(await startsOf(runDir, id), id).toHaveLength(1);
    const { submissions } = await readRunState(runDir);
    expect(submissions).toHaveLength(1);
  });

  test('Ctrl+C cancels the jobs and waits for them; resume runs what is left', async () => {
    const started = start(...slowRun(), '--attempts', '4', '--concurrency', '2');
    const runDir = await started.runFolder();
    await until(async () => (await nodesOf(runDir, 'running')).length > 0);
    started.child.kill('SIGINT');
    const { status } = await started.ended;
    expect(status).toBe(130);
    expect(await cluster.jobs()).toEqual([]);
    const state = await readRunState(runDir);
    expect(state.phase).toBe('cancelled');
    const results = resultsOf(state);
    expect(results.every(({ status, cause }) => status === 'cancelled' && cause === 'user')).toBe(
      true,
    );
    expect(results.length).toBeGreaterThan(0);
    expect(results.length).toBeLessThan(4);
    const { concurrency } = await planOf(runDir);
    expect(concurrency).toBe(2);
    await assertWhole(await start('resume', runDir, '--concurrency', '6').ended, runDir, 4);
  });

  test('attempts follow one another while a task is unsolved', async () => {
    const config = path.join(cluster.folder, 'solved', 'config.json');
    await writeConfig(config, { stop_when_solved: true });
    const gold = start(
      'run',
      '--config',
      config,
      '--tasks',
      solved,
      '--engine',
      'slurm',
      '--agent',
      'gold',
      '--attempts',
      '3',
    );
    const runDir = await gold.runFolder();
    const { status, stderr } = await gold.ended;
    expect(status, stderr).toBe(0);
    const { trials, submissions } = await readRunState(runDir);
    expect([...trials.values()].map(({ phase }) => phase)).toEqual(['ended', 'skipped', 'skipped']);
    expect(submissions.map(({ indexes }) => indexes)).toEqual(['0']);
    const unsolved = runQuick('--config', config, '--attempts', '3');
    const unsolvedDir = await unsolved.runFolder();
    await assertWhole(await unsolved.ended, unsolvedDir, 3);
    expect((await readRunState(unsolvedDir)).submissions.map(({ indexes }) => indexes)).toEqual([
      '0',
      '1',
      '2',
    ]);
  });

  test('what cannot work is told with what to do', async () => {
    const here = { cwd: cluster.folder, env: cluster.env };
    const out = path.join(cluster.folder, 'refused');
    const refused = await runQuick('--slurm-partition', 'nowhere', '--out', out).ended;
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('sinfo lists the partitions');
    await expect(readdir(out)).rejects.toThrow('ENOENT');
    const nowhere = await cli(['run', '--tasks', quick, ...onSlurm], {
      ...here,
      env: { ...here.env, PATH: '/nowhere' },
    });
    expect(nowhere.status).toBe(3);
    expect(nowhere.stderr).toContain('There is no sbatch here');
    const human = await start('run', '--tasks', quick, '--engine', 'slurm', '--agent', 'human')
      .ended;
    expect(human).toMatchObject({ status: 2 });
    const badWorker = { BENCHYARD_WORKER: 'echo no luck; exit 7 #' };
    const [apart, docker, lost] = await Promise.all([
      // Every machine has a /tmp of its own.
      runQuick('--out', '/tmp/runs', '--json').ended,
      runQuick('--sandbox', 'docker', '--json').ended,
      startWith(badWorker, 'run', '--tasks', quick, ...onSlurm, '--json').ended,
    ]);
    expect(apart.status).toBe(3);
    expect(onlyTrial(apart)).toMatchObject({
      status: 'infra_failure',
      cause: 'run-folder-missing',
    });
    expect(docker.status).toBe(3);
    expect(onlyTrial(docker)).toMatchObject({ status: 'infra_failure' });
    expect(onlyTrial(docker).detail).toMatch(/^On node\d: /);
    expect(lost.status).toBe(3);
    expect(onlyTrial(lost)).toMatchObject({ status: 'infra_failure', cause: 'job-lost' });
    expect(onlyTrial(lost).detail).toContain('no luck');
    // What was the infrastructure's fault is run again when that is asked for.
    const { run_dir: lostDir } = JSON.parse(lost.stdout) as { run_dir: string };
    const retried = await start('resume', lostDir, '--retry', 'infra', '--json').ended;
    expect(retried.status, retried.stderr).toBe(0);
    expect(onlyTrial(retried)).toMatchObject({ status: 'empty_patch' });
  });

  test('no secret of the environment is in the run folder or in what Slurm tells of the job', async () => {
    const started = startWith({ A_SECRET_OF_THE_USER: 'do not show this' }, ...slowRun());
    const runDir = await started.runFolder();
    await until(async () => (await nodesOf(runDir, 'running')).length > 0);
    const told = await cluster.onHead('scontrol', 'show', 'job', '--details');
    await assertWhole(await started.ended, runDir, 1);
    expect(told).toContain(path.basename(runDir));
    expect(told).not.toContain('do not show this');
    for (const file of await readdir(runDir, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const text = await readFile(path.join(file.parentPath, file.name), 'utf8');
      expect(text, file.name).not.toContain('do not show this');
    }
  });
});
