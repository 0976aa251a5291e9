import path from 'node:path';
import { makeAgent, usesModel, usualConcurrency } from './agents/registry';
import type { BenchmarkRegistry } from './benchmarks/registry';
import type { TaskSources } from './datasets/taskSources';
import type { Host } from './host';
import { modelNameOf, openModel } from './llm/openModel';
import type { RunConfig, RunConfigInput, RunPlan, Task } from './model';
import { checkEngine, parseConfig } from './run/givenConfig';
import { keepContents, keepInputs } from './run/inputs';
import { agentName, assertRunnable, gradableTasks, makePlan, selectTasks } from './run/planning';
import { metadataOf } from './run/reports';
import type { RunOptions } from './runner';
import { writeJson } from './store/files';
import type { HeldFolder } from './store/ownerLock';
import { holdRun } from './store/ownerLock';
import { makeRunFolder, runPaths, writePlan } from './store/runFolder';

/** A run that can be made: what was asked, its tasks, and who works on them. */
export interface CheckedRun {
  readonly config: RunConfig;
  readonly tasks: readonly Task[];
  readonly agent: string;
  /** null: the agent uses none. */
  readonly model: string | null;
  readonly registry: BenchmarkRegistry;
}

/** A run folder that is whole and that this process holds; nothing of it was started. */
export interface MadeRun {
  readonly runDir: string;
  readonly plan: RunPlan;
  readonly held: HeldFolder;
}

export interface PlannerParts {
  readonly host: Host;
  readonly sources: TaskSources;
  readonly registryOf: (config: RunConfig) => BenchmarkRegistry;
}

/** What cannot work is told here, before a folder is made or a sandbox is opened for it. */
export async function checkRun(
  input: RunConfigInput,
  { signal, observer }: RunOptions,
  { host, sources, registryOf }: PlannerParts,
): Promise<CheckedRun> {
  const config = parseConfig(input);
  const onProgress = (line: string): void => observer?.onProgress?.(line);
  const selected = await selectTasks(config, { host, sources }, { signal, onProgress });
  assertRunnable(config, selected);
  const registry = registryOf(config);
  const { tasks, refused } = await gradableTasks(config, selected.tasks, (task) =>
    registry.get(task.benchmark).refusal(task),
  );
  for (const line of refused) onProgress(`left out: ${line}`);
  const agent = agentName(config, tasks, (task) => registry.get(task.benchmark).hasGold(task));
  await makeAgent(agent, config, host.cwd);
  const model = usesModel(agent, config) ? modelNameOf(config) : null;
  if (model !== null) await openModel(config, host, { signal, cwd: host.cwd });
  await checkEngine(config, { agent, model, host });
  return { config, tasks, agent, model, registry };
}

/** Makes the folder of a run, with everything in it that the run needs. */
export async function makeRun(
  { config, tasks, agent, model, registry }: CheckedRun,
  { sandbox, signal }: { readonly sandbox: RunPlan['sandbox']; readonly signal: AbortSignal },
  { host, sources }: PlannerParts,
): Promise<MadeRun> {
  const now = new Date();
  const runDir = await makeRunFolder(path.resolve(host.cwd, config.out), agent, now);
  const held = await holdRun(runDir, host);
  try {
    const tasksOf = config.tasks.map((name) => sources.pinnedName(name));
    const kept = await keepInputs({ ...config, tasks: tasksOf }, { runDir, cwd: host.cwd });
    const benchmarkOf = (id: Task['benchmark']): ReturnType<BenchmarkRegistry['get']> =>
      registry.get(id);
    const keptTasks = await keepContents(tasks, runDir, { signal, benchmarkOf });
    const plan = makePlan({
      config: kept,
      tasks: keptTasks,
      agent,
      model,
      sandbox,
      runDir,
      concurrency: config.concurrency ?? usualConcurrencyOf(config, { agent, tasks, host }),
      now,
      trialIdOf: (task) => registry.get(task.benchmark).trialId?.(task) ?? null,
    });
    await writePlan(runDir, plan, keptTasks);
    await writeJson(runPaths(runDir).metadata, metadataOf({ plan, host }, null));
    return { runDir, plan, held };
  } catch (error) {
    await held.release();
    throw error;
  }
}

/** Where the configuration says nothing: on this machine what it has cores for; a cluster knows by itself what it has room for. */
function usualConcurrencyOf(
  { engine, attempts }: RunConfig,
  { agent, tasks, host }: Pick<CheckedRun, 'agent' | 'tasks'> & { readonly host: Host },
): number {
  return engine === 'local'
    ? usualConcurrency(agent, host.cores)
    : Math.max(1, attempts * tasks.length);
}
