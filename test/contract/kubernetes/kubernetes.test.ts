import path from 'node:path';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readRunState } from '../../../src/runner/store/runReader';
import { CliProcess, until } from '../../support/cli';
import {
  assertWhole,
  clusterTasks,
  endedIn,
  nodesOf,
  onlyTrial,
  resultsOf,
  startsOf,
  trialsOf,
} from '../../support/clusterRuns';
import { KubernetesCluster, kubernetesProblem } from '../../support/kubernetes';

const problem = kubernetesProblem();
if (problem !== null)
  console.warn(`tests on a real API server of Kubernetes are SKIPPED: ${problem}`);

describe.skipIf(problem !== null)('a run on a Kubernetes cluster', () => {
  let cluster: KubernetesCluster;
  let quick: string;
  let slow: string;

  const startWith = (
    env: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): CliProcess => new CliProcess(args, { cwd: cluster.folder, env: { ...cluster.env, ...env } });
  const start = (...args: readonly string[]): CliProcess => startWith({}, ...args);
  const onKubernetes = ['--engine', 'kubernetes', '--agent', 'empty', '--no-tests-before'] as const;
  const runQuick = (...args: readonly string[]): CliProcess =>
    start('run', '--tasks', quick, ...onKubernetes, ...args);
  const runSlow = (...args: readonly string[]): CliProcess =>
    start('run', '--tasks', slow, '--engine', 'kubernetes', '--agent', 'empty', ...args);

  beforeAll(async () => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
    cluster = await KubernetesCluster.start({ nodes: 3, env });
    const { tasksIn } = await clusterTasks(cluster.folder);
    quick = await tasksIn('quick', {});
    slow = await tasksIn('slow', { test_command: 'sleep 6; pytest' });
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

  test('each trial ends once, although the API server starts again; nothing is left on the cluster', async () => {
    const many = runQuick('--attempts', '40', '--concurrency', '6');
    const runDir = await many.runFolder();
    await until(async () => (await endedIn(runDir)) >= 10);
    await cluster.stopServer();
    await cluster.startServer();
    await assertWhole(await many.ended, runDir, 40);
    expect(new Set(await nodesOf(runDir, 'ended'))).toEqual(new Set(['node1', 'node2', 'node3']));
    for (const id of await trialsOf(runDir)) expect(await startsOf(runDir, id), id).toHaveLength(1);
    await until(async () => (await cluster.left()).length === 0);
  });

  test('a submitter that is killed is resumed: its pods go on, and none is run a second time', async () => {
    const first = runQuick('--attempts', '20', '--concurrency', '4');
    const runDir = await first.runFolder();
    await until(async () => (await endedIn(runDir)) >= 3);
    first.child.kill('SIGKILL');
    await first.ended;
    const there = await endedIn(runDir);
    // They need nobody.
    await until(async () => (await endedIn(runDir)) > there);
    await assertWhole(await start('resume', runDir).ended, runDir, 20);
    for (const id of await trialsOf(runDir)) expect(await startsOf(runDir, id), id).toHaveLength(1);
    expect((await readRunState(runDir)).submissions).toHaveLength(1);
  });

  test('Ctrl+C deletes the jobs and waits for their pods; resume runs what is left', async () => {
    const started = runSlow('--attempts', '4', '--concurrency', '2');
    const runDir = await started.runFolder();
    await until(async () => (await nodesOf(runDir, 'running')).length > 0);
    started.child.kill('SIGINT');
    expect((await started.ended).status).toBe(130);
    expect(await cluster.pods()).toEqual([]);
    const state = await readRunState(runDir);
    expect(state.phase).toBe('cancelled');
    const results = resultsOf(state);
    expect(results.map(({ status, cause }) => `${status} ${cause ?? ''}`)).toEqual(
      results.map(() => 'cancelled user'),
    );
    expect(results.length).toBeGreaterThan(0);
    expect(results.length).toBeLessThan(4);
    await assertWhole(await start('resume', runDir, '--concurrency', '6').ended, runDir, 4);
  });

  test('what cannot work is told with what to do', async () => {
    const bare = await startWith(
      { BENCHYARD_JOB_TEMPLATE: '' },
      ...['run', '--tasks', quick, ...onKubernetes],
    ).ended;
    expect(bare.status).toBe(3);
    expect(bare.stderr).toContain('BENCHYARD_JOB_TEMPLATE is not set');
    const apart = await runQuick('--out', '/tmp/runs').ended;
    expect(apart.status).toBe(3);
    expect(apart.stderr).toContain('choose the folder with --out');
    const nowhere = await runQuick('--kubernetes-namespace', 'nowhere').ended;
    expect(nowhere.status).toBe(3);
    expect(nowhere.stderr).toContain('namespaces "nowhere" not found');
    expect(nowhere.stderr).toContain('--kubernetes-namespace');
    const unknown = await runQuick('--kubernetes-context', 'other').ended;
    expect(unknown.status).toBe(3);
    expect(unknown.stderr).toContain('it has tests');
  });

  test('a worker that cannot start is an infrastructure failure with its log, and is run again when asked', async () => {
    const broken = path.join(cluster.folder, 'broken.yaml');
    const text = await readFile(cluster.env['BENCHYARD_JOB_TEMPLATE'] ?? '', 'utf8');
    await writeFile(path.join(cluster.folder, 'unlucky.sh'), 'echo no luck\nexit 7\n');
    await writeFile(
      broken,
      text
        .replace(/value: ".*"/, `value: "sh ${path.join(cluster.folder, 'unlucky.sh')}"`)
        .replace('spec:', 'spec:\n  backoffLimitPerIndex: 0'),
    );
    const lost = await startWith(
      { BENCHYARD_JOB_TEMPLATE: broken },
      ...['run', '--tasks', quick, ...onKubernetes, '--json'],
    ).ended;
    expect(lost.status, lost.stderr).toBe(3);
    expect(onlyTrial(lost)).toMatchObject({ status: 'infra_failure', cause: 'job-lost' });
    expect(onlyTrial(lost).detail).toMatch(/^Pod benchyard-[^ ]* on node\d: .*exit status 7/);
    expect(onlyTrial(lost).detail).toContain('no luck');
    const { run_dir: lostDir } = JSON.parse(lost.stdout) as { run_dir: string };
    const retried = await start('resume', lostDir, '--retry', 'infra', '--json').ended;
    expect(retried.status, retried.stderr).toBe(0);
    expect(onlyTrial(retried)).toMatchObject({ status: 'empty_patch' });
  });

  test("a model's key reaches the pods by a secret, and is nowhere else", async () => {
    const key = 'do-not-show-this-key';
    const started = startWith(
      { OPENAI_API_KEY: key },
      ...['run', '--tasks', slow, '--engine', 'kubernetes'],
      ...['--agent', 'runner', '--model', 'some-model', '--base-url', 'http://127.0.0.1:9/v1'],
    );
    const runDir = await started.runFolder();
    await until(async () => (await cluster.pods()).length > 0);
    const pods = JSON.stringify(await cluster.pods());
    expect(pods).toContain('secretRef');
    expect(pods).not.toContain(key);
    const secret = (await cluster.left()).find((it) => it.startsWith('/api/v1/secrets'));
    expect(secret).toBeDefined();
    started.child.kill('SIGINT');
    await started.ended;
    await until(async () => (await cluster.left()).length === 0);
    for (const file of await readdir(runDir, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      expect(await readFile(path.join(file.parentPath, file.name), 'utf8')).not.toContain(key);
    }
  });

  // Last, since the node stays away.
  test('what ran on a lost node begins anew elsewhere', async () => {
    const started = runSlow('--attempts', '6', '--concurrency', '6');
    const runDir = await started.runFolder();
    await until(async () => (await nodesOf(runDir, 'running')).includes('node2'));
    await cluster.killNode(2);
    await assertWhole(await started.ended, runDir, 6);
    const begun = await Promise.all((await trialsOf(runDir)).map((id) => startsOf(runDir, id)));
    expect(begun.some((nodes) => nodes.length > 1 && nodes[0] === 'node2')).toBe(true);
    expect((await nodesOf(runDir, 'ended')).includes('node2')).toBe(false);
  });
});
