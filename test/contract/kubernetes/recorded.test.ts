import path from 'node:path';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliProcess } from '../../support/cli';
import { assertWhole, clusterTasks, onlyTrial } from '../../support/clusterRuns';
import { KubernetesCluster, kubernetesProblem, templateFor } from '../../support/kubernetes';
import type { Places } from '../../support/recordedCluster';
import { recordedFolder, RecordedServer, RecordingServer } from '../../support/recordedCluster';
import { shareRoots } from '../../support/sharedRoots';
import { temporaryFolder } from '../../support/temp';

/** Set: the recordings are made anew, with a real API server. */
const records = process.env['BENCHYARD_RECORD_KUBERNETES'] === '1';
if (records && kubernetesProblem() !== null) throw new Error(kubernetesProblem() ?? '');

const host = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };

/** With what a real API server said to the same calls. */
describe('a run on a recorded Kubernetes cluster', () => {
  let temporary: { path: string } & AsyncDisposable;
  let folder: string;
  let tasks: string;

  beforeEach(async () => {
    temporary = await temporaryFolder();
    folder = await realpath(temporary.path);
    await shareRoots(path.join(folder, 'cache'));
    const { tasksIn } = await clusterTasks(folder);
    tasks = await tasksIn('quick', {});
  });
  afterEach(async () => {
    await temporary[Symbol.asyncDispose]();
  });

  /** Does something with the cluster of a recording. `template`: what is changed in the usual one. */
  async function withCluster<T>(
    name: string,
    template: (text: string) => string,
    use: (start: (...args: readonly string[]) => CliProcess) => Promise<T>,
  ): Promise<T> {
    const places: Places = [
      [process.execPath, '/usr/bin/node'],
      [path.resolve('.'), '/opt/benchyard'],
      [folder, '/lab'],
    ];
    const file = path.join(folder, 'job.yaml');
    await writeFile(file, template(templateFor(folder)));
    const env = { BENCHYARD_JOB_TEMPLATE: file, BENCHYARD_CACHE: path.join(folder, 'cache') };
    const startAt =
      (kubeconfig: string) =>
      (...args: readonly string[]): CliProcess =>
        new CliProcess(
          ['run', '--tasks', tasks, '--engine', 'kubernetes', '--agent', 'empty', ...args],
          { cwd: folder, env: { ...env, KUBECONFIG: kubeconfig } },
        );
    if (!records) {
      await using server = await RecordedServer.open(name, { places, env: host });
      const done = await use(startAt(await server.listen(folder)));
      expect(server.differences).toEqual([]);
      expect(server.missing).toEqual([]);
      return done;
    }
    await using cluster = await KubernetesCluster.start({ nodes: 1, env: host });
    await using server = new RecordingServer(cluster.ask);
    let runDir = '';
    const start = startAt(await server.listen(folder));
    const done = await use((...args) => {
      const started = start(...args);
      started.runFolder().then(
        (found) => {
          runDir = found;
        },
        () => undefined,
      );
      return started;
    });
    await mkdir(path.join(import.meta.dirname, 'recordings'), { recursive: true });
    const runs = [runDir, path.join(folder, 'sandbox/runs/run')].filter((own) => own !== '');
    await server.write(name, await cluster.version(), [
      ...runs.map((own) => [own, recordedFolder] as const),
      ...places,
    ]);
    return done;
  }

  const same = (text: string): string => text;

  test('goes through the calls that were recorded: a secret, a job, its end', async () => {
    await withCluster('run', same, async (start) => {
      const started = start('--attempts', '3', '--no-tests-before');
      const runDir = await started.runFolder();
      await assertWhole(await started.ended, runDir, 3);
    });
  });

  test('says why a worker failed', async () => {
    const broken = (text: string): string =>
      text
        .replace(/value: ".*"/, 'value: "false"')
        .replace('spec:', 'spec:\n  backoffLimitPerIndex: 0');
    const lost = await withCluster('failed', broken, async (start) => await start('--json').ended);
    expect(lost.status, lost.stderr).toBe(3);
    expect(onlyTrial(lost)).toMatchObject({ status: 'infra_failure', cause: 'job-lost' });
    expect(onlyTrial(lost).detail).toMatch(/^Pod benchyard-[^ ]* on node1: .*exit status 1/);
  });

  test('is refused with the words of the cluster', async () => {
    const refused = await withCluster(
      'refused',
      same,
      async (start) => await start('--kubernetes-namespace', 'nowhere').ended,
    );
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('namespaces "nowhere" not found');
    expect(refused.stderr).toContain('--kubernetes-namespace');
  });
});
