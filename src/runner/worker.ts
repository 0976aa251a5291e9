import path from 'node:path';
import { makeAgent, usesModel } from './agents/registry';
import type { BenchmarkRegistry } from './benchmarks/registry';
import type { Host } from './host';
import type { Model } from './llm/model';
import { openModel } from './llm/openModel';
import type { RunConfig, RunPlan } from './model';
import { RunnerError } from './model';
import type { Runner } from './runner';
import { workOnTrial } from './run/worker';
import { readPlan, readRunTasks, taskIn } from './store/runFolder';
import type { TrialsParts } from './trials';

/** The part of the facade that a cluster's nodes call. */
export function openWorker({
  host,
  registryOf,
  provide,
}: {
  readonly host: Host;
  readonly registryOf: (config: RunConfig, cwd: string) => BenchmarkRegistry;
  readonly provide: TrialsParts['provide'];
}): Pick<Runner, 'runTrial'> {
  return {
    async runTrial(given, index, options) {
      const { signal, observer } = options;
      const runDir = path.resolve(host.cwd, given);
      const plan = await readPlan(runDir);
      const trial = plan.trials[index];
      if (trial === undefined)
        throw new RunnerError('not-found', `The run in ${given} has no trial ${index}.`);
      const task = taskIn(await readRunTasks(runDir), trial.task_id);
      const { agent, config, sandbox } = plan;
      const open = async (): ReturnType<Parameters<typeof workOnTrial>[0]['open']> => ({
        agent: await makeAgent(agent, config, runDir),
        model: await openModelFor({ agent, config: shareOf(plan) }, host, { signal, cwd: runDir }),
        // Last, since it is the one that has to be given back.
        provider: await provide(sandbox, { ...options, config }),
      });
      const benchmark = registryOf(config, runDir).get(trial.benchmark);
      const parts = { host, runDir, plan, task, benchmark, open, observer, signal };
      return await workOnTrial(parts, trial);
    },
  };
}

export async function openModelFor(
  { agent, config }: Pick<RunPlan, 'agent' | 'config'>,
  host: Host,
  options: { readonly signal: AbortSignal; readonly cwd: string },
): Promise<Model | null> {
  return usesModel(agent, config) ? await openModel(config, host, options) : null;
}

/** Workers know nothing of each other: of what a provider allows in a minute, each keeps to its share. */
function shareOf({ config, concurrency, trials }: RunPlan): RunConfig {
  const workers = Math.min(concurrency, trials.length);
  const share = (rate: number | undefined): number | undefined =>
    rate === undefined ? undefined : Math.max(1, Math.floor(rate / workers));
  const requests = share(config.requests_per_minute);
  const tokens = share(config.tokens_per_minute);
  return {
    ...config,
    ...(requests === undefined ? {} : { requests_per_minute: requests }),
    ...(tokens === undefined ? {} : { tokens_per_minute: tokens }),
  };
}

/**
 * The sandbox of a run whose trials run on a cluster. Its nodes seldom have Docker, and bubblewrap needs no rights there, so
 * `auto` means that.
 */
export function clusterSandbox({ sandbox }: Pick<RunConfig, 'sandbox'>): RunPlan['sandbox'] {
  return sandbox === 'auto' ? 'bubblewrap' : sandbox;
}
