import path from 'node:path';
import { agentEntries } from '../agents/registry';
import { withAbsolutePaths } from '../benchmarks/swe/taskFile';
import type { TaskSources } from '../datasets/taskSources';
import type { Host } from '../host';
import type { RunConfig, RunPlan, RunState, Task, TaskFileProblem, TrialPlan } from '../model';
import {
  isTrialLeft,
  describeTaskProblem,
  parseRepositoryRow,
  repositoryName,
  RunnerError,
} from '../model';
import type { LoadedTasks, LoadOptions } from '../runner';
import { safeName } from '../store/runFolder';
import { chooseTasks } from './chooseTasks';
import { Patterns } from './patterns';
import { recordedDurations } from './recordedDurations';

/** The tasks that a config selects, in the order that it asks for. Bad rows are told, not hidden. */
export async function selectTasks(
  config: RunConfig,
  { host, sources }: { readonly host: Host; readonly sources: TaskSources },
  options: LoadOptions,
): Promise<LoadedTasks> {
  if (config.direct !== undefined)
    return { tasks: [directTask(config.direct, host)], problems: [] };
  const { tasks, problems } = await sources.load(config.tasks, {
    ...options,
    nameColumn: config.contests.name_column,
    registry: config.mle.registry,
  });
  const durations =
    config.order === 'small-first'
      ? await recordedDurations(path.resolve(host.cwd, config.out), options)
      : new Map<string, number>();
  return { tasks: chooseTasks(tasks, config, durations), problems };
}

function directTask(direct: NonNullable<RunConfig['direct']>, host: Host): Task {
  const shortRef = /^[0-9a-f]{40}$/.test(direct.ref) ? direct.ref.slice(0, 7) : direct.ref;
  const { image, ...row } = direct;
  const parsed = parseRepositoryRow(
    {
      ...row,
      task_id: `${repositoryName(direct.repo)}@${shortRef}`,
      ...(image === undefined ? {} : { environment: image }),
    },
    { file: '', line: 0 },
  );
  if (!parsed.ok) {
    const [problem] = parsed.problems;
    throw new RunnerError(
      'invalid-config',
      `--${problem?.field ?? 'repo'}: ${problem?.message ?? 'not valid'}`,
    );
  }
  return withAbsolutePaths(parsed.task, host.cwd);
}

/** The first few bad lines as one message, as `FILE:LINE: field: what was expected`. */
export function describeProblems(problems: readonly TaskFileProblem[]): string {
  const lines = problems.slice(0, 10).map(describeTaskProblem);
  const more = problems.length > 10 ? [`… and ${problems.length - 10} more`] : [];
  return [...lines, ...more].join('\n');
}

/** @throws `invalid-task` or `invalid-config` when there is nothing that may be run */
export function assertRunnable(config: RunConfig, { tasks, problems }: LoadedTasks): void {
  if (problems.length > 0 && !config.skip_bad) {
    throw new RunnerError(
      'invalid-task',
      `Some lines of the task files cannot be used. Mend them, or leave them out with --skip-bad.\n${describeProblems(problems)}`,
    );
  }
  const known = new Set(tasks.map((task) => task.taskId));
  const unknown = (config.task_ids ?? []).filter((id) => {
    const pattern = new Patterns([id]);
    return !known.has(id) && !tasks.some((task) => pattern.has(task.taskId));
  });
  if (unknown.length > 0)
    throw new RunnerError(
      'not-found',
      `There is no task ${unknown.map((id) => `"${id}"`).join(', ')}.`,
    );
  if (tasks.length === 0) {
    throw new RunnerError(
      'invalid-config',
      'There is no task to run: name a task file (--tasks) or a repository (--repo, --ref).',
    );
  }
}

/**
 * The tasks that can be graded, with the others told: nothing is spent on what nobody here can judge.
 *
 * @throws `invalid-task` when there are others and `skip_bad` does not leave them out, or none is left
 */
export async function gradableTasks(
  { skip_bad: skipBad }: RunConfig,
  tasks: readonly Task[],
  refusalOf: (task: Task) => Promise<string | null>,
): Promise<{ readonly tasks: readonly Task[]; readonly refused: readonly string[] }> {
  const refused: string[] = [];
  const kept: Task[] = [];
  for (const task of tasks) {
    const why = await refusalOf(task);
    if (why === null) kept.push(task);
    else refused.push(`${task.taskId}: ${why}`);
  }
  if (refused.length === 0 || (skipBad && kept.length > 0)) return { tasks: kept, refused };
  const shown = refused.slice(0, 10).join('\n');
  const more = refused.length > 10 ? `\n… and ${String(refused.length - 10)} more` : '';
  throw new RunnerError(
    'invalid-task',
    `Some tasks cannot be graded here. Leave them out with --skip-bad.\n${shown}${more}`,
  );
}

/** gold where the tasks have gold patches, else empty; patch when a patch file is given. */
export function agentName(
  config: RunConfig,
  tasks: readonly Task[],
  hasGold: (task: Task) => boolean,
): string {
  if (config.agent !== undefined) {
    if (!agentEntries.some((agent) => agent.name === config.agent)) {
      const names = agentEntries.map((agent) => agent.name).join(', ');
      throw new RunnerError(
        'invalid-config',
        `There is no agent "${config.agent}". The agents are: ${names}.`,
      );
    }
    return config.agent;
  }
  if (config.patch !== undefined) return 'patch';
  if (config.actions !== undefined) return 'replay';
  if (config.predictions !== undefined) return 'predictions';
  return tasks.some(hasGold) ? 'gold' : 'empty';
}

/** Every attempt of every task, attempt by attempt, so that an early stop has seen each task once. */
function planTrials(
  tasks: readonly Task[],
  attempts: number,
  trialIdOf: (task: Task) => string | null,
): readonly TrialPlan[] {
  const names = new Map<string, number>();
  const folders = tasks.map((task) => {
    const name = safeName(task.taskId);
    // Ids that differ only in characters that no folder may have get numbers.
    const taken = names.get(name.toLowerCase()) ?? 0;
    names.set(name.toLowerCase(), taken + 1);
    return taken === 0 ? name : `${name}~${String(taken + 1)}`;
  });
  return Array.from({ length: attempts }, (_, attempt) =>
    tasks.map((task, n) => ({
      trial_id: trialIdOf(task) ?? `${folders[n] ?? ''}_${String(attempt)}`,
      index: attempt * tasks.length + n,
      attempt,
      task_id: task.taskId,
      benchmark: task.benchmark,
      group: task.group,
      repo: task.repo,
      ref: task.ref,
      dataset: task.dataset,
      version: task.version,
      difficulty: task.difficulty,
      source: task.source,
    })),
  ).flat();
}

export function makePlan({
  config,
  tasks,
  agent,
  model,
  sandbox,
  runDir,
  concurrency,
  now,
  trialIdOf = () => null,
}: {
  readonly config: RunConfig;
  readonly tasks: readonly Task[];
  readonly agent: string;
  readonly model: string | null;
  readonly sandbox: RunPlan['sandbox'];
  readonly runDir: string;
  readonly concurrency: number;
  readonly now: Date;
  /** The name that a task's benchmark gives a trial; null: the usual one. */
  readonly trialIdOf?: (task: Task) => string | null;
}): RunPlan {
  return {
    schema_version: 1,
    run_id: path.basename(runDir),
    created_at: now.toISOString(),
    agent,
    model,
    sandbox,
    concurrency,
    config,
    trials: [...planTrials(tasks, config.attempts, trialIdOf)],
  };
}

/** Whether a trial is still to be run: it never ended, was cancelled, or its infrastructure failed and that is asked for. */
export function isLeft(state: RunState, trial: TrialPlan, retry: 'infra' | undefined): boolean {
  // Of a run that was planned and never begun, no trial is known.
  const known = state.trials.get(trial.trial_id) ?? { phase: 'queued', result: null };
  return isTrialLeft(known, retry ?? null);
}
