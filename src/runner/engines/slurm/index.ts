import type { Host } from '../../host';
import type { Engine } from '../engine';
import { JobRun } from '../jobs/jobRun';
import { SlurmCommands } from './commands';
import { ownArguments } from './script';
import { SlurmJobs } from './slurmJobs';

/** Trials as jobs of the user's own Slurm cluster, on a file system that its nodes share. */
export function createSlurmEngine(host: Host): Engine {
  return {
    id: 'slurm',
    check: ({ slurm }) => new SlurmCommands(host).test(ownArguments(slurm)),
    run: (trials, work) =>
      new JobRun(work, new SlurmJobs(work, { host, commands: new SlurmCommands(host) })).run(
        trials,
      ),
  };
}
