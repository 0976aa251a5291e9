import path from 'node:path';
import { agentEntries, makeAgent } from './agents/registry';
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
import type { RunConfig, RunPlan, RunState, SandboxChoice, TrialPlan } from './model';
import { emptyRunState, patchStats, runBudget } from './model';
import type { PlannerParts } from './planRun';
import { checkRun, makeRun } from './planRun';
import type { RunHandle, Runner, RunOptions } from './runner';
import { isLeft, selectTasks } from './run/planning';
import { parseConfig } from './run/givenConfig';
import type { RunParts } from './run/run';
import { Run } from './run/run';
import { diskWatchOf } from './run/runGuard';
import type { SandboxProvider } from './sandbox/sandbox';
import { addSeedRow } from './store/seedFile';
import { taskFromCommit } from './taskFromCommit';
import { readValidations, validateTasks } from './validateTasks';
import { chooseProvider } from './sandbox/providers';
import { SandboxNames } from './sandbox/sandboxNames';
import type { HeldFolder } from './store/ownerLock';
import { holdRun } from './store/ownerLock';
import { repairRun, writeResults } from './store/repairRun';
import { readPlan, readRunTasks } from './store/runFolder';
import { RunReader } from './store/runReader';
import { removeAbandonedFolders } from './store/tempFolders';
import { openRuns } from './runs';
import { openDatasets } from './savedDatasets';
import type { ProvideOptions } from './trials';
import { openTrials } from './trials';
import { clusterSandbox, openModelFor, openWorker } from './worker';

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

  const planner: PlannerParts = { host, sources, registryOf };
  const sandboxNames = new SandboxNames(host);

  /** The sandbox of a run, cleared of what dead processes left. */
  async function provide(
    choice: SandboxChoice,
    { signal, observer, config }: ProvideOptions,
  ): Promise<SandboxProvider> {
    const onProgress = (line: string): void => observer?.onProgress?.(line);
    const images = { mirror: config.image_mirror, budgetBytes: config.image_budget };
    const provider = await chooseProvider(choice, host, { signal, onProgress, images });
    await provider.reap({ signal });
    await removeAbandonedFolders(host);
    return provider;
  }

  /** The sandbox of a run whose trials run in this process; null: they run elsewhere. What cannot fit is told at once. */
  async function provideHere(
    choice: SandboxChoice,
    folder: string,
    options: ProvideOptions & { readonly config: RunConfig },
  ): Promise<SandboxProvider | null> {
    const { config } = options;
    const provider = config.engine === 'local' ? await provide(choice, options) : null;
    const runDir = path.resolve(host.cwd, folder);
    await using disks = diskWatchOf({ host, runDir, plan: { config }, provider });
    try {
      await disks.assertRoom();
      return provider;
    } catch (error) {
      await provider?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  async function begin(
    parts: {
      readonly runDir: string;
      readonly plan: RunPlan;
      readonly budget?: RunParts['budget'];
      readonly retry?: RunParts['retry'];
      readonly state: RunState;
      readonly trials: readonly TrialPlan[];
      /** null: trials run elsewhere. */
      readonly provider: SandboxProvider | null;
      readonly repairs?: readonly string[];
    },
    { signal, observer }: RunOptions,
    held: HeldFolder,
  ): Promise<RunHandle> {
    const { runDir, plan, trials } = parts;
    try {
      const again = new Set(trials.map(({ trial_id: id }) => id));
      await writeResults(runDir, parts.state, again);
      const registry = registryOf(plan.config, runDir);
      const run = new Run({
        ...parts,
        host,
        tasks: await readRunTasks(runDir),
        // A run folder stands alone: what an agent was given stands in it.
        agent: await makeAgent(plan.agent, plan.config, runDir),
        model:
          parts.provider === null ? null : await openModelFor(plan, host, { signal, cwd: runDir }),
        benchmarkOf: (id) => registry.get(id),
        observer,
        signal,
        held,
      });
      return await run.start(trials);
    } catch (error) {
      await parts.provider?.[Symbol.asyncDispose]();
      await held.release();
      throw error;
    }
  }

  /** Takes a run folder over: whoever held it is dead. What that left of its files is repaired. */
  async function takeOver(
    runDir: string,
    options: RunOptions,
    choose: (
      plan: RunPlan,
      state: RunState,
    ) => Pick<RunParts, 'plan' | 'budget' | 'retry'> & { readonly trials: readonly TrialPlan[] },
  ): Promise<RunHandle> {
    const recorded = await readPlan(runDir);
    const held = await holdRun(runDir, host);
    try {
      const repairs = await repairRun(runDir, recorded, host);
      const reader = new RunReader(runDir);
      const state = await reader.refresh();
      const chosen = choose(recorded, state);
      const { sandbox, config } = chosen.plan;
      const provider = await provideHere(sandbox, runDir, { ...options, config });
      // A run that was planned and never begun begins now: its first event is that of every run.
      const { trials, spent } = state;
      const left = reader.hasBegun ? state : { ...emptyRunState(), trials, spent };
      return await begin({ runDir, ...chosen, repairs, state: left, provider }, options, held);
    } catch (error) {
      await held.release();
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
      const asked = await checkRun(input, options, planner);
      const { config } = asked;
      const provider = await provideHere(config.sandbox, config.out, { ...options, config });
      const { signal } = options;
      const sandbox = provider?.name ?? clusterSandbox(config);
      const making = makeRun(asked, { sandbox, signal }, planner);
      const { held, ...made } = await making.catch(async (error: unknown) => {
        await provider?.[Symbol.asyncDispose]();
        throw error;
      });
      const state = emptyRunState();
      return await begin({ ...made, state, trials: made.plan.trials, provider }, options, held);
    },

    async planRun(input, options) {
      const asked = await checkRun(input, options, planner);
      const { signal, observer } = options;
      const onProgress = (line: string): void => observer?.onProgress?.(line);
      const { config } = asked;
      const sandbox =
        config.engine === 'local'
          ? await sandboxNames.nameOf(config.sandbox, { signal, onProgress })
          : clusterSandbox(config);
      const { runDir, plan, held } = await makeRun(asked, { sandbox, signal }, planner);
      await held.release();
      return { runDir, runId: plan.run_id };
    },

    resumeRun: (runDir, options) =>
      takeOver(path.resolve(host.cwd, runDir), options, (recorded, state) => ({
        plan: { ...recorded, concurrency: options.concurrency ?? recorded.concurrency },
        budget:
          options.budget === undefined
            ? undefined
            : { ...(state.budget ?? runBudget(recorded.config)), ...options.budget },
        retry: options.retry,
        trials: recorded.trials.filter((trial) => isLeft(state, trial, options.retry)),
      })),

    ...openWorker({ host, registryOf, provide }),

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
