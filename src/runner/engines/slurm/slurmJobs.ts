import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../host';
import type { JobSubmission, TrialPlan } from '../../model';
import type { EngineEnd, EngineWork, Needs } from '../engine';
import { groupsOf, offsetOfIndex, rangesOf } from '../jobs/jobGroups';
import type { JobGroup, JobSystem } from '../jobs/jobSystem';
import { latestOf } from '../jobs/jobSystem';
import { tailOf } from '../jobs/logTail';
import type { SlurmCommands } from './commands';
import type { SlurmJob } from './jobStates';
import { endOf, slurmJob } from './jobStates';
import { jobName, jobScript, logFolder, logOf, submitArguments } from './script';

/** The jobs of one run on a Slurm cluster: arrays, which are found again by their names. */
export class SlurmJobs implements JobSystem<SlurmJob> {
  readonly name = 'Slurm';
  readonly #work: EngineWork;
  readonly #host: Host;
  readonly #commands: SlurmCommands;
  #maxArraySize = 1001;
  /** Names of jobs, one for each offset. */
  readonly #names = new Set<string>();

  constructor(
    work: EngineWork,
    { host, commands }: { readonly host: Host; readonly commands: SlurmCommands },
  ) {
    this.#work = work;
    this.#host = host;
    this.#commands = commands;
  }

  async open(trials: readonly TrialPlan[]): Promise<void> {
    const { workers } = this.#work;
    this.#maxArraySize = await this.#commands.maxArraySize();
    await mkdir(path.join(workers.runDir, logFolder), { recursive: true });
    for (const { offset } of workers.submissions()) this.#names.add(jobName(workers, offset));
    for (const { index } of trials)
      this.#names.add(jobName(workers, offsetOfIndex(index, this.#maxArraySize)));
  }

  async jobs(): Promise<readonly SlurmJob[]> {
    return (await this.#commands.queue([...this.#names])).map(slurmJob);
  }

  /** The controller forgets minutes after the end; accounts, where the cluster keeps any, do not. */
  async forgotten(jobs: readonly SlurmJob[]): Promise<readonly SlurmJob[]> {
    const ids = new Set(jobs.map(({ told }) => told.job));
    const known = latestOf((await this.#commands.accounting([...ids])).map(slurmJob));
    return jobs.map(
      ({ index, told }) =>
        known.get(index) ?? slurmJob({ ...told, state: 'COMPLETED', reason: 'unknown to Slurm' }),
    );
  }

  groupsOf(asked: readonly (readonly [TrialPlan, Needs])[]): readonly JobGroup[] {
    return groupsOf(asked, this.#maxArraySize);
  }

  async submit(
    group: JobGroup,
    { after }: { readonly after: SlurmJob | null },
  ): Promise<{ readonly submission: JobSubmission; readonly jobs: readonly SlurmJob[] }> {
    const { workers, concurrency } = this.#work;
    const { runDir, config } = workers;
    const { offset, trials } = group;
    const name = jobName(workers, offset);
    this.#names.add(name);
    const args = submitArguments(group, {
      ...{ name, runDir, concurrency, slurm: config.slurm },
      after: after?.told.job ?? null,
    });
    const script = jobScript({ runDir, offset }, this.#host);
    const secrets = await workers.secrets();
    const job = await this.#commands.submit(script, args, { cwd: runDir, secrets });
    const numbers = trials.map(({ index }) => index - offset);
    const waiting = { state: 'PENDING', node: '', reason: 'None' };
    return {
      submission: { job, indexes: rangesOf(numbers), offset },
      jobs: numbers.map((number) => slurmJob({ job, number, ...waiting, name })),
    };
  }

  async cancel(jobs: readonly SlurmJob[]): Promise<void> {
    await this.#commands.cancel(jobs.map(({ id }) => id));
  }

  async cancelAll(living: readonly SlurmJob[]): Promise<void> {
    await this.#commands.cancel([...new Set(living.map(({ told }) => told.job))]);
  }

  async endOf({ told }: SlurmJob): Promise<EngineEnd> {
    const log = logOf(told.job, told.number);
    const logTail = await tailOf(path.join(this.#work.workers.runDir, log));
    return endOf(told, { log, logTail });
  }
}
