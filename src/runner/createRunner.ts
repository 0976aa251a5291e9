import { rm } from 'node:fs/promises';
import path from 'node:path';
import { agentEntries, makeAgent } from './agents/registry';
import { BenchmarkRegistry } from './benchmarks/registry';
import { patchedFiles, repositoryFile } from './benchmarks/swe/patchView';
import { RepositoryCache } from './benchmarks/swe/repositoryCache';
import { loadTaskFiles } from './benchmarks/swe/taskFile';
import { cleanUp } from './clean';
import type { Host } from './host';
import type {
  RepositoryTask,
  RunConfig,
  RunConfigInput,
  RunPlan,
  RunState,
  TrialPlan,
  TrialResult,
} from './model';
import {
  classOf,
  emptyRunState,
  isRepositoryTask,
  patchStats,
  reduceRun,
  runConfigSchema,
  RunnerError,
  trialTestsSchema,
} from './model';
import * as z from 'zod';
import type { RunHandle, Runner, RunOptions, TrialFiles } from './runner';
import { agentName, assertRunnable, makePlan, selectTasks } from './run/planning';
import { metadataOf } from './run/reports';
import { Run } from './run/run';
import { watchRun } from './run/watch';
import { chooseProvider, doctorChecks, everyProvider } from './sandbox/providers';
import { readIfThere, writeJson } from './store/files';
import { livingOwner, lockRun } from './store/ownerLock';
import {
  listRunFolders,
  makeRunFolder,
  readPlan,
  readRunState,
  readRunTasks,
  runPaths,
  writePlan,
} from './store/runFolder';

/** Makes the core for one process. Nothing is started, opened or read before the first call. */
export function createRunner(host: Host): Runner {
  const repositories = new RepositoryCache(host);
  const view = (signal: AbortSignal): Parameters<typeof patchedFiles>[1] => ({
    host,
    repositories,
    signal,
  });

  async function begin(
    parts: {
      readonly runDir: string;
      readonly plan: RunPlan;
      readonly state: RunState;
      readonly trials: readonly TrialPlan[];
    },
    { signal, observer }: RunOptions,
    release: () => Promise<void>,
  ): Promise<RunHandle> {
    const { runDir, plan, state, trials } = parts;
    const onProgress = (line: string): void => observer?.onProgress?.(line);
    try {
      const agent = await makeAgent(plan.agent, plan.config, host.cwd);
      const provider = await chooseProvider(plan.sandbox, host, { signal, onProgress });
      await provider.reap({ signal });
      const registry = new BenchmarkRegistry({ host, repositories, config: plan.config });
      const tasks = await readRunTasks(runDir);
      const run = new Run({
        host,
        runDir,
        plan,
        tasks,
        agent,
        provider,
        benchmarkOf: (id) => registry.get(id),
        state,
        observer,
        signal,
        release,
      });
      return await run.start(trials);
    } catch (error) {
      await release();
      throw error;
    }
  }

  const runner: Runner = {
    loadTasks: (files, { signal }) => loadTaskFiles(files, { cwd: host.cwd, signal }),

    selectTasks: (input, { signal }) => selectTasks(parseConfig(input), host, signal),

    agents: () => agentEntries,

    async startRun(input, options) {
      const config = parseConfig(input);
      assertEngine(config);
      const selected = await selectTasks(config, host, options.signal);
      assertRunnable(config, selected);
      const registry = new BenchmarkRegistry({ host, repositories, config });
      const agent = agentName(
        config,
        selected.tasks,
        (task) => registry.get(task.benchmark).gold(task) !== null,
      );
      // What cannot work is told before a folder is made for it.
      await makeAgent(agent, config, host.cwd);
      const provider = await chooseProvider(config.sandbox, host, {
        signal: options.signal,
        onProgress: (line) => options.observer?.onProgress?.(line),
      });
      const sandbox = provider.name;
      await provider[Symbol.asyncDispose]();
      const now = new Date();
      const runDir = await makeRunFolder(path.resolve(host.cwd, config.out), agent, now);
      const release = await lockRun(runDir, host);
      const plan = makePlan({ config, tasks: selected.tasks, agent, sandbox, runDir, host, now });
      await writePlan(runDir, plan, selected.tasks);
      await writeJson(runPaths(runDir).metadata, metadataOf({ plan, host }, null));
      return await begin(
        { runDir, plan, state: emptyRunState(), trials: plan.trials },
        options,
        release,
      );
    },

    async resumeRun(runDir, options) {
      const folder = path.resolve(host.cwd, runDir);
      const recorded = await readPlan(folder);
      const release = await lockRun(folder, host);
      const state = await readRunState(folder).catch(async (error: unknown) => {
        await release();
        throw error;
      });
      const plan = { ...recorded, concurrency: options.concurrency ?? recorded.concurrency };
      const trials = plan.trials.filter((trial) => isLeft(state, trial, options.retry));
      return await begin({ runDir: folder, plan, state, trials }, options, release);
    },

    async runTrial(runDir, index, options): Promise<TrialResult> {
      const folder = path.resolve(host.cwd, runDir);
      const plan = await readPlan(folder);
      const trial = plan.trials[index];
      if (trial === undefined) {
        throw new RunnerError(
          'not-found',
          `${runDir} has trials 0 to ${plan.trials.length - 1}; there is no ${index}.`,
        );
      }
      const state = await readRunState(folder);
      const done = state.trials.get(trial.trial_id)?.result;
      if (done && classOf(done.status) !== 'incomplete') return done;
      const handle = await begin(
        { runDir: folder, plan, state, trials: [trial] },
        options,
        await lockRun(folder, host),
      );
      const { state: ended } = await handle.done;
      const result = ended.trials.get(trial.trial_id)?.result;
      if (!result) throw new Error(`trial ${trial.trial_id} ended without a result`);
      return result;
    },

    async listRuns(outDir) {
      const folders = await listRunFolders(path.resolve(host.cwd, outDir));
      return folders.map((runDir) => ({ runDir, runId: path.basename(runDir) }));
    },

    async openRun(runDir) {
      const folder = path.resolve(host.cwd, runDir);
      return await trueState(folder, host);
    },

    watchRun: (runDir, options) => watchRun(path.resolve(host.cwd, runDir), host, options),

    readTrial: (runDir, trialId) => readTrial(path.resolve(host.cwd, runDir), trialId),

    async readTrialLog(runDir, trialId, stage) {
      if (!/^\w+$/.test(stage)) throw new RunnerError('not-found', `There is no stage "${stage}".`);
      return await readIfThere(runPaths(path.resolve(host.cwd, runDir)).trial(trialId).log(stage));
    },

    readRunTask: (runDir, taskId) => readRunTask(path.resolve(host.cwd, runDir), taskId),

    patchedFiles: (query, { signal }) => patchedFiles(query, view(signal)),

    repositoryFile: (query, { signal }) => repositoryFile(query, view(signal)),

    patchStats,

    async deleteRun(runDir) {
      const folder = path.resolve(host.cwd, runDir);
      await readPlan(folder); // never removes a folder that is not a run's
      const release = await lockRun(folder, host);
      await release();
      await rm(folder, { recursive: true, force: true });
    },

    async doctor({ signal }) {
      const checks = await doctorChecks(host, { signal });
      const sandbox = checks.some(
        (check) => check.ok && (check.id === 'docker' || check.id === 'bubblewrap'),
      );
      const git = checks.some((check) => check.ok && check.id === 'git');
      return { ok: sandbox && git, checks };
    },

    clean: (options) =>
      cleanUp(options, { host, providers: (signal) => everyProvider(host, { signal }) }),

    async reap({ signal }) {
      let removed = 0;
      for (const provider of await everyProvider(host, { signal })) {
        await using own = provider;
        removed += (await own.reap({ signal })).removed.length;
      }
      return removed;
    },

    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return runner;
}

function parseConfig(input: RunConfigInput): RunConfig {
  const config = runConfigSchema.safeParse(input);
  if (config.success) return config.data;
  throw new RunnerError('invalid-config', z.prettifyError(config.error), { cause: config.error });
}

function assertEngine(config: RunConfig): void {
  if (config.engine === 'local') return;
  throw new RunnerError(
    'invalid-config',
    `The engine "${config.engine}" is not part of this version; use local.`,
  );
}

/** Whether a trial is still to be run: it never ended, was cancelled, or its infrastructure failed and that is asked for. */
function isLeft(state: RunState, trial: TrialPlan, retry: 'infra' | undefined): boolean {
  const result = state.trials.get(trial.trial_id)?.result ?? null;
  if (result === null) return retry === undefined;
  const kind = classOf(result.status);
  return retry === 'infra' ? kind === 'infra_failure' : kind === 'incomplete';
}

async function trueState(runDir: string, host: Host): Promise<RunState> {
  const state = await readRunState(runDir);
  if (state.phase !== 'running' || (await livingOwner(runDir, host)) !== null) return state;
  const time = state.startedAt ?? new Date(0).toISOString();
  // Said by nobody, since whoever could have said it is dead; the fold is told the same way as by a living one.
  return reduceRun(state, {
    v: 1,
    seq: state.lastSeq + 1,
    time,
    type: 'run.ended',
    end: 'interrupted',
  });
}

async function readRunTask(runDir: string, taskId: string): Promise<RepositoryTask | null> {
  const task = (await readRunTasks(runDir)).get(taskId);
  return task !== undefined && isRepositoryTask(task) ? task : null;
}

async function readTrial(runDir: string, trialId: string): Promise<TrialFiles> {
  const plan = await readPlan(runDir);
  const trial = plan.trials.find(({ trial_id }) => trial_id === trialId);
  if (trial === undefined)
    throw new RunnerError('not-found', `The run ${plan.run_id} has no trial "${trialId}".`);
  const paths = runPaths(runDir).trial(trialId);
  const task = await readRunTask(runDir, trial.task_id);
  const tests = await readIfThere(paths.tests);
  return {
    patch: await readIfThere(paths.patch),
    appliedPatch: (await readIfThere(paths.appliedPatch)) ?? (await readIfThere(paths.patch)),
    goldPatch: task?.goldPatch ?? null,
    testPatch: task?.testPatch ?? null,
    tests: tests === null ? null : trialTestsSchema.parse(JSON.parse(tests)),
  };
}
