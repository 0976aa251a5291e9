import path from 'node:path';
import { BenchmarkRegistry } from './benchmarks/registry';
import type { RepositoryCache } from './benchmarks/swe/repositoryCache';
import type { Host } from './host';
import type {
  RepositoryTask,
  RunConfig,
  RunPlan,
  SandboxChoice,
  StepSummary,
  TrialPlan,
} from './model';
import { isRepositoryTask, RunnerError, trialTestsSchema } from './model';
import { limitsOfTask } from './run/trialStages';
import type { KeptSandbox, Runner, RunOptions, TrialFiles } from './runner';
import type { SandboxProvider } from './sandbox/sandbox';
import { readIfThere } from './store/files';
import { readPlan, readRunTasks, runPaths } from './store/runFolder';
import { exportTrajectory } from './trajectory/exportTrajectory';
import { restoreSandbox } from './trajectory/restoreSandbox';
import { searchSteps } from './trajectory/searchSteps';
import { pathsOfTrial, readStepBodies, readStepOutput, readSteps } from './trajectory/steps';
import { stepFiles, stepOfLine, TrialTrees } from './trajectory/treeReader';

export interface ProvideOptions extends RunOptions {
  /** What it says of images counts. */
  readonly config: Pick<RunConfig, 'image_mirror' | 'image_budget'>;
}

/** What reading trials may use. */
export interface TrialsParts {
  readonly host: Host;
  readonly repositories: RepositoryCache;
  readonly provide: (choice: SandboxChoice, options: ProvideOptions) => Promise<SandboxProvider>;
}

/** The part of the facade that looks into trials: from their folders alone, but for a sandbox that is restored. */
export type Trials = Pick<
  Runner,
  | 'readTrial'
  | 'readTrialLog'
  | 'readRunTask'
  | 'readRunTasks'
  | 'readSteps'
  | 'readStepBodies'
  | 'readStepOutput'
  | 'searchSteps'
  | 'stepFiles'
  | 'stepOfLine'
  | 'restoreSandbox'
  | 'exportTrajectory'
>;

export function openTrials(parts: TrialsParts): Trials {
  const { host } = parts;
  const folderOf = (runDir: string): string => path.resolve(host.cwd, runDir);
  return {
    readTrial: (runDir, trialId) => readTrial(folderOf(runDir), trialId),

    async readTrialLog(runDir, trialId, stage) {
      if (!/^\w+$/.test(stage)) throw new RunnerError('not-found', `There is no stage "${stage}".`);
      return await readIfThere(pathsOfTrial(folderOf(runDir), trialId).log(stage));
    },

    readRunTask: (runDir, taskId) => readRunTask(folderOf(runDir), taskId),

    readRunTasks: async (runDir) => [...(await readRunTasks(folderOf(runDir))).values()],

    readSteps: (runDir, trialId, options) => readSteps(folderOf(runDir), trialId, options),

    readStepBodies: (runDir, trialId, steps) => readStepBodies(folderOf(runDir), trialId, steps),

    readStepOutput: (runDir, trialId, file) => readStepOutput(folderOf(runDir), trialId, file),

    searchSteps: (runDir, trialId, text, { signal }) =>
      searchSteps(folderOf(runDir), trialId, { text, signal }),

    stepFiles: (runDir, trialId, range, { signal }) =>
      stepFiles(host, { runDir: folderOf(runDir), trialId }, { ...range, signal }),

    stepOfLine: (runDir, trialId, place, { signal }) =>
      stepOfLine(host, { runDir: folderOf(runDir), trialId }, { ...place, signal }),

    restoreSandbox: (runDir, trialId, step, options) =>
      restore(parts, { runDir: folderOf(runDir), trialId, step }, options),

    exportTrajectory: (runDir, trialId, format, { signal }) =>
      exportTrajectory(folderOf(runDir), trialId, { format, signal }),
  };
}

async function restore(
  { host, repositories, provide }: TrialsParts,
  place: { readonly runDir: string; readonly trialId: string; readonly step: number },
  options: RunOptions,
): Promise<KeptSandbox> {
  const { signal, observer } = options;
  const { runDir, trialId, step } = place;
  const plan = await readPlan(runDir);
  const trial = trialOf(plan, trialId);
  const task = (await readRunTasks(runDir)).get(trial.task_id);
  if (task === undefined)
    throw new RunnerError('not-found', `The run folder has no task "${trial.task_id}".`);
  const trees = await TrialTrees.open(host, place, signal);
  if (trees === null && (await readSteps(runDir, trialId, {})).some(worked(step)))
    throw new RunnerError(
      'not-found',
      `The working tree of "${trialId}" was not recorded, so step ${String(step)} cannot be restored.`,
    );
  const benchmark = new BenchmarkRegistry({
    host,
    repositories,
    config: plan.config,
    cwd: runDir,
  }).get(task.benchmark);
  await using provider = await provide(plan.sandbox, { ...options, config: plan.config });
  return await restoreSandbox({
    host,
    provider,
    benchmark,
    plan,
    trialId,
    task,
    limits: limitsOfTask(benchmark, task, plan.config),
    trees,
    step,
    onProgress: (line) => observer?.onProgress?.(line),
    signal,
  });
}

/** Whether a step up to `last` was work in a sandbox. */
function worked(last: number): (step: StepSummary) => boolean {
  return ({ step, kind }) => step <= last && kind === 'tool';
}

function trialOf(plan: RunPlan, trialId: string): TrialPlan {
  const trial = plan.trials.find(({ trial_id: id }) => id === trialId);
  if (trial !== undefined) return trial;
  throw new RunnerError('not-found', `The run ${plan.run_id} has no trial "${trialId}".`);
}

async function readRunTask(runDir: string, taskId: string): Promise<RepositoryTask | null> {
  const task = (await readRunTasks(runDir)).get(taskId);
  return task !== undefined && isRepositoryTask(task) ? task : null;
}

async function readTrial(runDir: string, trialId: string): Promise<TrialFiles> {
  const trial = trialOf(await readPlan(runDir), trialId);
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
