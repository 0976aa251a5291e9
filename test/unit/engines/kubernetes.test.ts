import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Needs } from '../../../src/runner/engines/engine';
import {
  cancelFile,
  indexFile,
  jobManifest,
  jobName,
  logOf,
  mountOf,
  numberOf,
  podScript,
} from '../../../src/runner/engines/kubernetes/manifest';
import type { Job, Pod } from '../../../src/runner/engines/kubernetes/objects';
import { endOf, hindranceOf, newestOf } from '../../../src/runner/engines/kubernetes/podStates';
import { cacheOf, readTemplate } from '../../../src/runner/engines/kubernetes/template';
import { RunnerError } from '../../../src/runner/model';
import { temporaryFolder, testHost } from '../../support/temp';

const needs: Needs = { cpus: 2, memoryBytes: 3 * 1024 ** 3, gpus: 1, seconds: 1800 };
const run = { runId: 'a run', runDir: '/lab/runs/a run' };
const template: Job = {
  metadata: { name: 'ignored', labels: { team: 'evaluation' } },
  spec: {
    suspend: true,
    template: {
      spec: {
        tolerations: [{ key: 'gpu', operator: 'Exists' }],
        containers: [
          {
            name: 'benchyard',
            image: 'registry.example/benchyard:1',
            command: ['something', 'else'],
            env: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
            resources: { limits: { memory: '64Gi' } },
            volumeMounts: [{ name: 'lab', mountPath: '/lab' }],
          },
          { name: 'docker', image: 'docker:dind' },
        ],
        volumes: [{ name: 'lab', persistentVolumeClaim: { claimName: 'lab' } }],
      },
    },
  },
};

describe('the job of some trials', () => {
  const name = jobName(run, 3);
  const size = { completions: 5, parallelism: 2, cacheDir: '/lab/cache' };
  const { metadata, spec } = jobManifest(template, { run, name, needs, ...size });
  const pod = spec?.template.spec;
  const [worker, other] = pod?.containers ?? [];

  test('is found again by its name and labels', () => {
    expect(name).toMatch(/^benchyard-[0-9a-f]{16}-3$/);
    expect(numberOf(name)).toBe(3);
    expect(numberOf('somebody-elses-3')).toBeNull();
    expect(jobName({ ...run, runDir: '/elsewhere' }, 3)).not.toBe(name);
    expect(metadata).toMatchObject({
      name,
      labels: { team: 'evaluation', 'app.kubernetes.io/managed-by': 'benchyard' },
      annotations: { 'benchyard.dev/run-folder': run.runDir },
    });
    expect(spec?.template.metadata?.labels).toMatchObject({
      'benchyard.dev/run': name.slice('benchyard-'.length, -2),
    });
  });

  test('keeps what the template says, but for what makes it the job of these trials', () => {
    expect(spec).toMatchObject({
      suspend: true,
      completionMode: 'Indexed',
      completions: 5,
      parallelism: 2,
      backoffLimitPerIndex: 5,
    });
    expect(pod).toMatchObject({
      restartPolicy: 'Never',
      activeDeadlineSeconds: 1800,
      automountServiceAccountToken: false,
      tolerations: [{ key: 'gpu' }],
    });
    expect(worker?.command).toEqual(['/bin/sh', '-c', podScript]);
    expect(worker?.image).toBe('registry.example/benchyard:1');
    expect(worker?.env?.map(({ name: variable }) => variable)).toEqual([
      'BENCHYARD_CACHE',
      'HTTPS_PROXY',
      'BENCHYARD_NODE',
      'BENCHYARD_RUN_DIR',
      'BENCHYARD_JOB',
    ]);
    expect(worker?.resources).toEqual({
      requests: { cpu: '2', memory: '3072Mi' },
      limits: { memory: '64Gi', 'nvidia.com/gpu': '1' },
    });
    expect(other).toEqual({ name: 'docker', image: 'docker:dind' });
  });

  test('has its folders where its volumes are', () => {
    expect(mountOf(template, '/lab/runs')).toBe('/lab');
    expect(mountOf(template, '/laboratory')).toBeNull();
    const cache = (cacheDir: string): string => cacheOf(template, '/lab/runs/x', { cacheDir });
    expect(cache('/lab/mine')).toBe('/lab/mine');
    expect(cache('/root/.cache/benchyard')).toBe('/lab/.benchyard-cache');
    expect(() => cacheOf(template, '/home/me/runs', { cacheDir: '/lab/mine' })).toThrow('--out');
  });
});

describe('the script of a pod', () => {
  const job = 'benchyard-0123456789abcdef-1';
  let folder: { path: string } & AsyncDisposable;
  let runDir: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
    runDir = path.join(folder.path, `it's "here" $(id)`);
    await mkdir(path.join(runDir, 'kubernetes'), { recursive: true });
    await writeFile(path.join(runDir, 'run.json'), '{}');
    await writeFile(path.join(runDir, indexFile(job)), '4\n17\n30\n');
  });
  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  const envWith = (worker: string): Record<string, string> => ({
    PATH: '/usr/bin:/bin',
    BENCHYARD_RUN_DIR: runDir,
    BENCHYARD_JOB: job,
    BENCHYARD_WORKER: worker,
    JOB_COMPLETION_INDEX: '1',
  });
  const statusOf = (env: Record<string, string>): number => {
    try {
      execFileSync('sh', ['-c', podScript], { env, stdio: 'ignore' });
      return 0;
    } catch (error) {
      return (error as { status: number }).status;
    }
  };
  const logged = (): Promise<string> => readFile(path.join(runDir, logOf(job, 17)), 'utf8');

  test('starts the worker of the right trial, whatever the folder is called', async () => {
    expect(statusOf(envWith('printf %s|'))).toBe(0);
    expect(await logged()).toBe(`trial|${runDir}|17|`);
    expect(statusOf(envWith('env'))).toBe(127);
  });

  test('fails where there is no run folder, or no trial of that number', () => {
    expect(statusOf({ ...envWith('true'), BENCHYARD_RUN_DIR: '/nowhere' })).toBe(66);
    expect(statusOf({ ...envWith('true'), JOB_COMPLETION_INDEX: '3' })).toBe(66);
  });

  test('has no reason to be begun again when the result says what was wrong', async () => {
    await writeFile(path.join(folder.path, 'worker'), 'exit "$STATUS"\n');
    const worker = `sh ${path.join(folder.path, 'worker')}`;
    expect(statusOf({ ...envWith(worker), STATUS: '3' })).toBe(0);
    expect(statusOf({ ...envWith(worker), STATUS: '2' })).toBe(2);
  });

  test('does not begin a trial that was cancelled', async () => {
    const mark = path.join(runDir, cancelFile(job, 17));
    await mkdir(path.dirname(mark), { recursive: true });
    await writeFile(mark, '');
    expect(statusOf(envWith('false'))).toBe(0);
  });

  test('hands a signal on, and waits until the worker has ended', async () => {
    await writeFile(
      path.join(folder.path, 'worker'),
      `trap 'echo asked; sleep 0.3; echo done; exit 130' TERM\necho begun\nwhile :; do sleep 0.05; done\n`,
    );
    const env = envWith(`sh ${path.join(folder.path, 'worker')}`);
    const child = spawn('sh', ['-c', podScript], { env, stdio: 'ignore' });
    await expect.poll(() => logged().catch(() => ''), { timeout: 20_000 }).toContain('begun');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([130, null]);
    expect(await logged()).toBe('begun\nasked\ndone\n');
  });
});

describe('what becomes of pods', () => {
  const log = { who: 'Pod x', log: 'kubernetes/x.out', logTail: 'the last line' };
  const podWith = (status: Pod['status'], more: Partial<Pod> = {}): Pod => ({
    metadata: { name: 'x' },
    spec: { nodeName: 'node1', containers: [{ name: 'worker' }, { name: 'other' }] },
    ...more,
    ...(status === undefined ? {} : { status }),
  });
  const ended = (exitCode: number, reason = 'Error', message?: string): Pod =>
    podWith({
      containerStatuses: [
        {
          ...{ name: 'worker', image: '', imageID: '', ready: false, restartCount: 0 },
          state: {
            terminated: { exitCode, reason, ...(message === undefined ? {} : { message }) },
          },
        },
      ],
    });
  const waiting = (reason: string): Pod =>
    podWith({
      phase: 'Pending',
      containerStatuses: [
        {
          ...{ name: 'worker', image: '', imageID: '', ready: false, restartCount: 0 },
          state: { waiting: { reason, message: 'of the cluster' } },
        },
      ],
    });
  const disrupted = (reason: string): Pod =>
    podWith({ conditions: [{ type: 'DisruptionTarget', status: 'True', reason }] });

  test('the newest of several counts', () => {
    const at = (name: string, time: string): Pod => ({
      metadata: { name, creationTimestamp: new Date(time) },
    });
    const pods = [at('old', '2026-01-01'), at('new', '2026-01-03'), at('older', '2025-12-31')];
    expect(newestOf(pods)?.metadata?.name).toBe('new');
    expect(newestOf([])).toBeNull();
  });

  test('why a trial has no result', () => {
    expect(endOf(ended(137, 'OOMKilled'), log).cause).toBe('out-of-memory');
    expect(endOf(podWith({ phase: 'Failed', reason: 'DeadlineExceeded' }), log).cause).toBe(
      'job-time-limit',
    );
    expect(endOf(disrupted('PreemptionByScheduler'), log).cause).toBe('preempted');
    expect(endOf(disrupted('DeletionByTaintManager'), log).cause).toBe('node-failed');
    expect(endOf(podWith({ phase: 'Failed', reason: 'Evicted' }), log).cause).toBe('node-failed');
    expect(endOf(null, log).cause).toBe('job-lost');
    const failed = endOf(ended(7, 'Error', 'no luck\n'), log);
    expect(failed.cause).toBe('job-lost');
    expect(failed.detail).toMatch(
      /^Pod x on node1: .*exit status 7: no luck.*kubernetes\/x\.out\.\nthe last line$/s,
    );
    const missing = endOf(ended(66, 'Error', 'There is no run folder at /x in this pod.'), log);
    expect(missing.cause).toBe('run-folder-missing');
    expect(missing.detail).toContain('--out');
  });

  test('what a person has to look at is told, what passes by itself is not', () => {
    const alone = { alone: true };
    expect(hindranceOf(waiting('ContainerCreating'), alone)).toBeNull();
    expect(hindranceOf(waiting('ImagePullBackOff'), alone)).toContain('kubectl describe pod x');
    const full = podWith({
      phase: 'Pending',
      conditions: [
        ...[{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 fit' }],
      ],
    });
    expect(hindranceOf(full, alone)).toContain('0/3 fit');
    expect(hindranceOf(full, { alone: false })).toBeNull();
  });
});

describe('the template of the jobs', () => {
  let folder: { path: string } & AsyncDisposable;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });
  const refused = async (text: string | null): Promise<string> => {
    const file = path.join(folder.path, 'job.yaml');
    if (text !== null) await writeFile(file, text);
    const host = testHost('/', { env: { BENCHYARD_JOB_TEMPLATE: file } });
    const error: unknown = await readTemplate(host).catch((reason: unknown) => reason);
    if (!RunnerError.is(error, 'engine-unavailable')) throw new Error('expected a refusal');
    return error.message;
  };

  test('is refused with what it lacks', async () => {
    await expect(readTemplate(testHost('/', { env: {} }))).rejects.toThrow(
      'BENCHYARD_JOB_TEMPLATE is not set',
    );
    expect(await refused(null)).toContain('There is no ');
    expect(await refused('a: [')).toContain('is not YAML');
    expect(await refused('kind: Pod')).toContain('is not a Job');
    expect(
      await refused(
        'kind: Job\nspec: { template: { spec: { containers: [{ image: a, volumeMounts: [] }] } } }',
      ),
    ).toContain('volumeMounts');
  });

  test('of the project is one', async () => {
    const file = path.resolve('docker/worker/job.yaml');
    const host = testHost('/', { env: { BENCHYARD_JOB_TEMPLATE: file } });
    const { spec } = await readTemplate(host);
    expect(spec?.template.spec?.containers[0]?.volumeMounts).not.toHaveLength(0);
  });
});
