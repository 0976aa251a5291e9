import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrialResult } from '../../../src/runner/model';
import { readRunState } from '../../../src/runner/store/runReader';
import { CliProcess, until } from '../../support/cli';
import { clusterTasks, onlyTrial } from '../../support/clusterRuns';
import { clusterProblem, SlurmCluster } from '../../support/slurm';

const problem = clusterProblem();
if (problem !== null) console.warn(`tests on Slurm's accounts are SKIPPED: ${problem}`);

/** The controller forgets a job at once, so that only the accounts (slurmdbd) know how it ended. */
describe.skipIf(problem !== null)('a run on a Slurm cluster that forgets', () => {
  let cluster: SlurmCluster;
  let tasks: string;

  beforeAll(async () => {
    cluster = await SlurmCluster.start({ nodes: 1, minJobAge: 2, accounts: true });
    tasks = await (await clusterTasks(cluster.folder)).tasksIn('accounts', {});
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  const start = (worker: string): CliProcess =>
    new CliProcess(['run', '--tasks', tasks, '--engine', 'slurm', '--agent', 'empty', '--json'], {
      cwd: cluster.folder,
      env: { ...cluster.env, BENCHYARD_WORKER: worker },
      by: cluster.by(),
    });

  /** Whoever submitted the job sleeps until the cluster knows nothing of it any more. */
  async function oversleep(
    submitter: CliProcess,
    meanwhile: (job: string) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<TrialResult> {
    const runDir = await submitter.runFolder();
    await until(async () => (await cluster.jobs()).some((job) => job.endsWith(' RUNNING')));
    await until(async () => (await readRunState(runDir)).submissions.length > 0);
    submitter.child.kill('SIGSTOP');
    const job = (await readRunState(runDir)).submissions[0]?.job ?? '';
    await meanwhile(job);
    const known = ['squeue', '--noheader', '--states=all', '--format=%F'] as const;
    await until(async () => !(await cluster.onHead(...known)).split('\n').includes(job));
    submitter.child.kill('SIGCONT');
    return onlyTrial(await submitter.ended);
  }

  test('reads back from its accounts how a job failed', async () => {
    const result = await oversleep(start('sleep 3; exit 7 #'));
    expect(result).toMatchObject({ status: 'infra_failure', cause: 'job-lost' });
    expect(result.detail).toContain('its worker failed (FAILED');
  });

  test('reads back from its accounts that somebody cancelled a job', async () => {
    const submitter = start('sleep 600 #');
    const result = await oversleep(submitter, (job) => cluster.onHead('scancel', job));
    expect(result).toMatchObject({ status: 'cancelled' });
  });
});
