import path from 'node:path';
import { agentEntries, makeAgent, usesModel, usualConcurrency } from './agents/registry';
import { openAsking } from './ask';
import { BenchmarkRegistry } from './benchmarks/registry';
import { gradeLogs } from './benchmarks/swe/gradeLogs';
import { recentCommits } from './benchmarks/swe/fixCommit';
import { patchedFiles, repositoryFile } from './benchmarks/swe/patchView';
import { RepositoryCache } from './benchmarks/swe/repositoryCache';
import { HubDatasets } from './datasets/hub/hubDatasets';
import { listKnownDatasets } from './datasets/knownDatasets';
import { TaskSources } from './datasets/taskSources';
import { openCompetitions } from './competitions';
import { openContests } from './contests';
import { evaluatePredictions } from './evaluatePredictions';
import type { Host } from './host';
import { openMaintenance } from './maintenance';
import type { Model } from './llm/model';
import type { RunConfig, RunPlan, RunState, SandboxChoice, TrialPlan, TrialResult } from './model';
import { classOf, emptyRunState, patchStats, runBudget, RunnerError } from './model';
import { modelNameOf, openModel } from './llm/openModel';
import type { RunHandle, Runner, RunOptions } from './runner';
import {
  agentName,
  assertRunnable,
  gradableTasks,
  isLeft,
  makePlan,
  selectTasks,
} from './run/planning';
import { assertEngine, parseConfig } from './run/givenConfig';
import { keepContents, keepInputs } from './run/inputs';
import { metadataOf } from './run/reports';
import type { RunParts } from './run/run';
import { Run } from './run/run';
import type { SandboxProvider } from './sandbox/sandbox';
import { addSeedRow } from './store/seedFile';
import { taskFromCommit } from './taskFromCommit';
import { readValidations, validateTasks } from './validateTasks';
import { chooseProvider } from './sandbox/providers';
import { writeJson } from './store/files';
import { lockRun } from './store/ownerLock';
import { makeRunFolder, readPlan, readRunTasks, runPaths, writePlan } from './store/runFolder';
import { readRunState } from './store/runReader';
import { openRuns } from './runs';
import { openDatasets } from './savedDatasets';
import type { ProvideOptions } from './trials';
import { openTrials } from './trials';

/** Makes the core for one process. Nothing is started, opened or read before the first call. */
export function createRunner(host: Host): Runner {
  const repositories = new RepositoryCache(host);
  const hub = new HubDatasets(host);
  const sources = new TaskSources(host, hub);
  const view = (signal: AbortSignal): Parameters<typeof patchedFiles>[1] => ({
    host,
    repositories,
    signal,
  });

  /** `cwd`: where the files that the config names are. */
  const registryOf = (config: RunConfig, cwd = host.cwd): BenchmarkRegistry =>
    new BenchmarkRegistry({ host, repositories, config, cwd });

  /** The sandbox of a run, cleared of what dead processes left. */
  async function provide(
    choice: SandboxChoice,
    { signal, observer, config }: ProvideOptions,
  ): Promise<SandboxProvider> {
    const onProgress = (line: string): void => observer?.onProgress?.(line);
    const images = { mirror: config.image_mirror, budgetBytes: config.image_budget };
    const provider = await chooseProvider(choice, host, { signal, onProgress, images });
    await provider.reap({ signal });
    return provider;
  }

  async function begin(
    parts: {
      readonly runDir: string;
      readonly plan: RunPlan;
      readonly budget?: RunParts['budget'];
      readonly state: RunState;
      readonly trials: readonly TrialPlan[];
      readonly provider: SandboxProvider;
    },
    { signal, observer }: RunOptions,
    release: () => Promise<void>,
  ): Promise<RunHandle> {
    const { runDir, plan, trials } = parts;
    try {
      const registry = registryOf(plan.config, runDir);
      const run = new Run({
        ...parts,
        host,
        tasks: await readRunTasks(runDir),
        // A run folder stands alone: what an agent was given stands in it.
        agent: await makeAgent(plan.agent, plan.config, runDir),
        model: await openModelFor(plan, host, { signal, cwd: runDir }),
        benchmarkOf: (id) => registry.get(id),
        observer,
        signal,
        release,
      });
      return await run.start(trials);
    } catch (error) {
      await parts.provider[Symbol.asyncDispose]();
      await release();
      throw error;
    }
  }

  /** Takes a run folder over: whoever held it is dead. */
  async function takeOver(
    runDir: string,
    options: RunOptions,
    choose: (
      plan: RunPlan,
      state: RunState,
    ) => Pick<RunParts, 'plan' | 'budget'> & { readonly trials: readonly TrialPlan[] },
  ): Promise<RunHandle> {
    const recorded = await readPlan(runDir);
    const release = await lockRun(runDir, host);
    try {
      const state = await readRunState(runDir);
      const chosen = choose(recorded, state);
      const provider = await provide(chosen.plan.sandbox, {
        ...options,
        config: chosen.plan.config,
      });
      return await begin({ runDir, ...chosen, state, provider }, options, release);
    } catch (error) {
      await release();
      throw error;
    }
  }

  const runner: Runner = {
    loadTasks: (names, options) => sources.load(names, options),
    datasets: listKnownDatasets,

    selectTasks: (input, options) => selectTasks(parseConfig(input), { host, sources }, options),

    validateTasks: (input, options) => {
      const registry = registryOf(parseConfig(input));
      const benchmarkOf: RunParts['benchmarkOf'] = (id) => registry.get(id);
      return validateTasks(input, options, { sources, runner, benchmarkOf });
    },

    evaluatePredictions: (query, options) => {
      const config = parseConfig(query.config);
      const benchmark = registryOf(config).get('swe');
      return evaluatePredictions(query, options, { host, config, runner, benchmark });
    },

    readValidations: (tasks) => readValidations(sources, { tasks }),

    recentCommits: (repo, { signal }) => recentCommits(host, repo, { signal }),

    addTask: (file, row) => addSeedRow(path.resolve(host.cwd, file), row),

    taskFromCommit: (query, options) =>
      taskFromCommit(query, options, { host, repositories, runner }),

    agents: () => agentEntries,

    async startRun(input, options) {
      const config = parseConfig(input);
      assertEngine(config);
      const onProgress = (line: string): void => options.observer?.onProgress?.(line);
      const loading = { signal: options.signal, onProgress };
      const selected = await selectTasks(config, { host, sources }, loading);
      assertRunnable(config, selected);
      const registry = registryOf(config);
      const { tasks, refused } = await gradableTasks(config, selected.tasks, (task) =>
        registry.get(task.benchmark).refusal(task),
      );
      for (const line of refused) options.observer?.onProgress?.(`left out: ${line}`);
      const agent = agentName(config, tasks, (task) => registry.get(task.benchmark).hasGold(task));
      // What cannot work is told before a folder is made for it.
      await makeAgent(agent, config, host.cwd);
      const model = usesModel(agent, config) ? modelNameOf(config) : null;
      if (model !== null) await openModel(config, host, { ...options, cwd: host.cwd });
      const provider = await provide(config.sandbox, { ...options, config });
      const now = new Date();
      const runDir = await makeRunFolder(path.resolve(host.cwd, config.out), agent, now);
      const release = await lockRun(runDir, host);
      const tasksOf = config.tasks.map((name) => sources.pinnedName(name));
      const kept = await keepInputs({ ...config, tasks: tasksOf }, { runDir, cwd: host.cwd });
      const keptTasks = await keepContents(tasks, runDir, {
        signal: options.signal,
        benchmarkOf: (id) => registry.get(id),
      });
      const plan = makePlan({
        config: kept,
        tasks: keptTasks,
        agent,
        model,
        sandbox: provider.name,
        runDir,
        concurrency: config.concurrency ?? usualConcurrency(agent, host.cores),
        now,
      });
      await writePlan(runDir, plan, keptTasks);
      await writeJson(runPaths(runDir).metadata, metadataOf({ plan, host }, null));
      return await begin(
        { runDir, plan, state: emptyRunState(), trials: plan.trials, provider },
        options,
        release,
      );
    },

    resumeRun: (runDir, options) =>
      takeOver(path.resolve(host.cwd, runDir), options, (recorded, state) => ({
        plan: { ...recorded, concurrency: options.concurrency ?? recorded.concurrency },
        budget:
          options.budget === undefined
            ? undefined
            : { ...(state.budget ?? runBudget(recorded.config)), ...options.budget },
        trials: recorded.trials.filter((trial) => isLeft(state, trial, options.retry)),
      })),

    async runTrial(runDir, index, options): Promise<TrialResult> {
      const folder = path.resolve(host.cwd, runDir);
      const trial = (await readPlan(folder)).trials[index];
      if (trial === undefined)
        throw new RunnerError('not-found', `The run in ${runDir} has no trial ${index}.`);
      const resultOf = (state: RunState): TrialResult | null =>
        state.trials.get(trial.trial_id)?.result ?? null;
      const done = resultOf(await readRunState(folder));
      if (done !== null && classOf(done.status) !== 'incomplete') return done;
      const handle = await takeOver(folder, options, (plan) => ({ plan, trials: [trial] }));
      const result = resultOf((await handle.done).state);
      if (result === null)
        throw new RunnerError(
          'invalid-config',
          `The trial ${trial.trial_id} is not run: its task is solved (stop_when_solved).`,
        );
      return result;
    },

    ...openRuns(host),

    ...openContests(host),

    ...openAsking(host),

    ...openDatasets(host, hub),

    ...openTrials({ host, repositories, provide }),

    patchedFiles: (query, { signal }) => patchedFiles(query, view(signal)),

    repositoryFile: (query, { signal }) => repositoryFile(query, view(signal)),

    patchStats,

    async *gradeLogs(selection, { tasks, ...options }) {
      const loaded = await sources.load(tasks, { ...options, onProgress: options.onProblem });
      yield* gradeLogs(selection, { ...options, loaded, cwd: host.cwd });
    },

    ...openCompetitions(host),

    ...openMaintenance(host),

    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return runner;
}

async function openModelFor(
  plan: RunPlan,
  host: Host,
  options: { readonly signal: AbortSignal; readonly cwd: string },
): Promise<Model | null> {
  return usesModel(plan.agent, plan.config) ? await openModel(plan.config, host, options) : null;
}
