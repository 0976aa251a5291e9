import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Needs } from '../../../src/runner/engines/engine';
import { groupsOf, numbersIn, rangesOf } from '../../../src/runner/engines/jobs/jobGroups';
import type { ArrayJob } from '../../../src/runner/engines/slurm/jobStates';
import {
  endOf,
  hindrance,
  isOver,
  isWaiting,
  parseAccounting,
  parseQueue,
} from '../../../src/runner/engines/slurm/jobStates';
import {
  jobName,
  jobScript,
  logOf,
  offsetOf,
  submitArguments,
} from '../../../src/runner/engines/slurm/script';
import { passedLimit } from '../../../src/runner/llm/budget';
import { slurmConfigSchema } from '../../../src/runner/model';
import type { TrialPlan } from '../../../src/runner/model';
import { testHost } from '../../support/temp';
import { planOf } from '../presentation/fixtures';

const needs: Needs = { cpus: 2, memoryBytes: 3 * 1024 ** 3, gpus: 0, seconds: 1530 };
const trials = (...indexes: readonly number[]): readonly TrialPlan[] =>
  indexes.map((n) => planOf(`t${String(n)}`, n));

describe('job arrays', () => {
  test('numbers are told as ranges', () => {
    expect(rangesOf([])).toBe('');
    expect(rangesOf([7])).toBe('7');
    expect(rangesOf([3, 1, 2, 9, 11, 10, 20])).toBe('1-3,9-11,20');
    expect(numbersIn('')).toEqual([]);
    expect(numbersIn('1-3,9-11,20')).toEqual([1, 2, 3, 9, 10, 11, 20]);
  });

  test('what asks for the same is one array, as long as its numbers are allowed', () => {
    const asked = trials(0, 1, 9, 10, 25).map((trial) => [trial, needs] as const);
    const shape = groupsOf(asked, 10).map(({ offset, trials: some }) => [
      offset,
      some.map(({ index }) => index),
    ]);
    expect(shape).toEqual([
      [0, [0, 1, 9]],
      [10, [10]],
      [20, [25]],
    ]);
  });

  test('different needs are different arrays; seconds that hardly differ are not', () => {
    const [a, b, c, d] = trials(0, 1, 2, 3);
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error();
    const arrays = groupsOf(
      [
        [a, needs],
        [b, { ...needs, cpus: 3.5 }],
        [c, { ...needs, seconds: needs.seconds + 7 }],
        [d, { ...needs, memoryBytes: needs.memoryBytes + 1 }],
      ],
      1001,
    );
    expect(arrays.map(({ trials: some }) => some.map(({ index }) => index))).toEqual([
      [0, 2],
      [1],
      [3],
    ]);
    expect(arrays[1]?.needs).toEqual({ ...needs, cpus: 4, seconds: 1800 });
  });

  test('the arguments of sbatch: what the trials need first, what the user says last', () => {
    const slurm = slurmConfigSchema.parse({ partition: 'gpu', account: 'lab', args: ['--mem=0'] });
    const array = { needs: { ...needs, gpus: 1 }, offset: 1000, trials: trials(1000, 1001, 1005) };
    const args = submitArguments(array, {
      name: 'run+1000',
      runDir: '/shared/100% ours',
      concurrency: 2,
      after: '41',
      slurm,
    });
    expect(args).toEqual([
      '--job-name=run+1000',
      '--array=0-1,5%2',
      '--requeue',
      '--chdir=/shared/100% ours',
      '--output=slurm/%A_%a.out',
      '--open-mode=append',
      '--export=ALL',
      '--nodes=1',
      '--ntasks=1',
      '--cpus-per-task=2',
      '--mem=3072M',
      '--time=26',
      '--gres=gpu:1',
      '--dependency=afterany:41',
      '--partition=gpu',
      '--account=lab',
      '--mem=0',
    ]);
  });

  test('options of the user cannot bring a program of their own', () => {
    for (const arg of ['run.sh', '--wrap=id', '/tmp/x', ''])
      expect(slurmConfigSchema.safeParse({ args: [arg] }).success, arg).toBe(false);
    expect(slurmConfigSchema.safeParse({ args: ['-pdebug', '--qos=high'] }).success).toBe(true);
  });

  test('the script starts the worker of the right trial, whatever the folder is called', () => {
    const runDir = `/shared/it's "here" $(id) \\`;
    const host = testHost('/', { env: { BENCHYARD_WORKER: 'printf "%s\\n"' } });
    const script = jobScript({ runDir, offset: 1000 }, host);
    const env = { SLURM_ARRAY_JOB_ID: '12', SLURM_ARRAY_TASK_ID: '34', SLURMD_NODENAME: 'node1' };
    const said = execFileSync('sh', ['-s'], { input: script, env, encoding: 'utf8' });
    expect(said).toBe(`trial\n${runDir}\n1034\n`);
    const told = execFileSync('sh', ['-s'], {
      input: jobScript(
        { runDir, offset: 0 },
        testHost('/', { env: { BENCHYARD_WORKER: 'env; :' } }),
      ),
      env: { ...env, PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
    });
    expect(told).toContain('BENCHYARD_NODE=node1\n');
    expect(told).toContain(`BENCHYARD_WORKER_LOG=${logOf('12', 34)}\n`);
    const own = jobScript(
      { runDir, offset: 0 },
      testHost('/', { env: {}, nodeProgram: '/n/node' }),
    );
    expect(own).toMatch(/^exec '\/n\/node' '.*cli\.js' trial /m);
  });

  test('a job is known by its name', () => {
    const run = { runId: '2026-01-31_run-group_a,b', runDir: '/shared/a' };
    expect(jobName(run, 1000)).toMatch(/^2026-01-31_run-group_a_b\.[0-9a-f]{6}\+1000$/);
    expect(jobName(run, 0)).not.toBe(jobName({ ...run, runDir: '/shared/b' }, 0));
    expect(offsetOf(jobName(run, 1000))).toBe(1000);
  });
});

/** What Slurm 22.05 printed, with the names of one run. */
const recorded = `1|0|COMPLETED|node1|None|run+0
1|2|COMPLETED|node2|None|run+0
1|1|FAILED|node1|NonZeroExitCode|run+0
2|N/A|FAILED|node3|JobLaunchFailure|wrap
1|8|PENDING||JobArrayTaskLimit|run+0
1|9|PENDING||JobArrayTaskLimit|run+0
3|N/A|PENDING||PartitionConfig|wrap
1|4|RUNNING|node1|None|run+0
`;

describe('what becomes of jobs', () => {
  test('the queue, as squeue prints it', () => {
    const jobs = parseQueue(recorded);
    expect(jobs).toHaveLength(6);
    expect(jobs[2]).toEqual({
      job: '1',
      number: 1,
      state: 'FAILED',
      node: 'node1',
      reason: 'NonZeroExitCode',
      name: 'run+0',
    });
    expect(jobs.filter(isOver).map(({ number }) => number)).toEqual([0, 2, 1]);
    expect(jobs.filter(isWaiting).map(({ number }) => number)).toEqual([8, 9]);
    expect(jobs.map(hindrance)).toEqual([null, null, null, null, null, null]);
    expect(parseQueue('slurm_load_jobs error: Unable to contact slurm controller\n')).toEqual([]);
  });

  test('the accounts, as sacct prints them', () => {
    // Of a slurmdbd of 22.05, and what its manual says of others.
    const text = `1_0|COMPLETED|node1|None|run+0
1_1|FAILED|node1|None|run+0
1_2|FAILED|node1|JobArrayTaskLimit|run+0
1_3|RUNNING|node1|JobArrayTaskLimit|run+0
7_3|CANCELLED by 1000|node1|None|run+0
7_[5-9]|PENDING|None assigned|None|run+0
8|FAILED|node1|None|x
`;
    expect(parseAccounting(text).map(({ job, number, state }) => [job, number, state])).toEqual([
      ['1', 0, 'COMPLETED'],
      ['1', 1, 'FAILED'],
      ['1', 2, 'FAILED'],
      ['1', 3, 'RUNNING'],
      ['7', 3, 'CANCELLED'],
    ]);
  });

  const job: ArrayJob = {
    job: '12',
    number: 3,
    state: 'FAILED',
    node: 'node1',
    reason: 'NonZeroExitCode',
    name: 'run+0',
  };

  test('what is not known to be over is alive', () => {
    for (const state of ['PENDING', 'RUNNING', 'COMPLETING', 'SUSPENDED', 'REQUEUED', 'A_NEW_WORD'])
      expect(isOver({ state }), state).toBe(false);
    for (const state of ['NODE_FAIL', 'PREEMPTED', 'OUT_OF_MEMORY', 'TIMEOUT', 'CANCELLED'])
      expect(isOver({ state }), state).toBe(true);
  });

  test('a job that waits for a person is told', () => {
    const held = { ...job, state: 'PENDING', reason: 'JobHoldMaxRequeue' };
    expect(hindrance(held)).toContain('scontrol release');
    expect(hindrance({ ...held, state: 'REQUEUE_HOLD' })).toContain('scontrol release');
    expect(hindrance({ ...held, reason: 'PartitionConfig' })).toContain('PartitionConfig');
    expect(hindrance({ ...held, reason: 'Resources' })).toBeNull();
    expect(hindrance({ ...job, state: 'RUNNING' })).toBeNull();
  });

  test('why a trial has no result', () => {
    const log = { log: 'slurm/12_3.out', logTail: 'the last line' };
    const causes = [
      'NODE_FAIL',
      'PREEMPTED',
      'OUT_OF_MEMORY',
      'TIMEOUT',
      'FAILED',
      'COMPLETED',
    ].map((state) => endOf({ ...job, state }, log).cause);
    expect(causes).toEqual([
      'node-failed',
      'preempted',
      'out-of-memory',
      'job-time-limit',
      'job-lost',
      'job-lost',
    ]);
    expect(endOf(job, log).detail).toMatch(
      /^Job 12_3 on node1: .*slurm\/12_3\.out\.\nthe last line$/,
    );
    const missing = endOf({ ...job, reason: 'JobLaunchFailure' }, { ...log, logTail: null });
    expect(missing).toMatchObject({ cause: 'run-folder-missing' });
    expect(missing.detail).toContain('--out');
  });
});

test('what workers spent is held against the limits of the run', () => {
  const spent = { turns: 4, tokens: 1000, cost: 0.5 };
  expect(passedLimit({}, spent)).toBeNull();
  expect(passedLimit({ cost: 0.6, tokens: 1001, turns: 5 }, spent)).toBeNull();
  expect(passedLimit({ cost: 0.5 }, spent)).toBe('cost');
  expect(passedLimit({ tokens: 900 }, spent)).toBe('tokens');
  expect(passedLimit({ turns: 4 }, spent)).toBe('turns');
  // What is not known may not be spent under a cap.
  expect(passedLimit({ cost: 5 }, { ...spent, cost: null })).toBe('cost');
  expect(passedLimit({ cost: 0 }, { turns: 0, tokens: 0, cost: 0 })).toBeNull();
});
