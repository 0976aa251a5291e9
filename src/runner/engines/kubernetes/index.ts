import path from 'node:path';
import type { Host } from '../../host';
import { RunnerError } from '../../model';
import type { Engine } from '../engine';
import { JobRun } from '../jobs/jobRun';
import { Cluster } from './cluster';
import { KubernetesJobs } from './kubernetesJobs';
import { jobManifest } from './manifest';
import { cacheOf, readTemplate } from './template';

/** Trials as pods of the user's own Kubernetes cluster, on a volume that they share with this machine. */
export function createKubernetesEngine(host: Host): Engine {
  return {
    id: 'kubernetes',
    check: async ({ kubernetes, out }) => {
      const template = await readTemplate(host);
      const runDir = path.resolve(host.cwd, out, 'run');
      const cacheDir = cacheOf(template, runDir, host);
      const cluster = await Cluster.open(kubernetes);
      const needs = { cpus: 1, memoryBytes: 1024 ** 3, gpus: 0, seconds: 60 };
      const run = { runId: 'check', runDir };
      const size = { completions: 1, parallelism: 1 };
      const name = 'benchyard-check';
      const taken = await cluster.tryJob(
        jobManifest(template, { run, name, needs, ...size, cacheDir }),
      );
      if (taken.spec?.backoffLimitPerIndex === undefined)
        throw new RunnerError(
          'engine-unavailable',
          'The cluster is too old: jobs with a limit of retries for each index came with Kubernetes 1.29.',
        );
    },
    run: async (trials, work) => {
      const template = await readTemplate(host);
      const cluster = await Cluster.open(work.workers.config.kubernetes);
      await new JobRun(work, new KubernetesJobs(work, { host, cluster, template })).run(trials);
    },
  };
}
