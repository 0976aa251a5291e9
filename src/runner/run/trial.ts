import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Agent } from '../agents/agent';
import type {
  Benchmark,
  Evaluation,
  OpenSandbox,
  StageFailure,
  Submission,
} from '../benchmarks/benchmark';
import type { RunConfig, StageLimits, Task, TestReport, TrialPlan, TrialResult } from '../model';
import { classOf } from '../model';
import type { Budget } from '../llm/budget';
import type { BudgetStop, Model } from '../llm/model';
import type { TaskSession } from '../runner';
import type { Sandbox, SandboxProvider } from '../sandbox/sandbox';
import { isNotFound } from '../store/files';
import { solve, ungraded } from './solve';
import { isEmpty, keepSubmission } from './submission';
import { runPaths } from '../store/runFolder';
import type { WorkerPlace } from './endedTrial';
import { noProgress, recordResult, startOf } from './endedTrial';
import type { Environments, PreparedEnvironment } from './environments';
import type { EventLog } from './eventLog';
import type { SharedSandboxes } from './sharedSandboxes';
import type { TreeRecorder } from './stepRecorder';
import type { TrialProgress } from './trialResult';
import { recordFailure, toResult } from './trialResult';
import { TrialSandboxes } from './trialSandboxes';
import { TrialStages } from './trialStages';

/** From the signal to a job's programs until its worker has heard of it: a turn of its event loop, on a busy machine. */
const stopMs = 250;

/** What the trials of a run share. */
export interface TrialDependencies {
  readonly runDir: string;
  readonly runId: string;
  readonly provider: SandboxProvider;
  readonly environments: Environments;
  readonly shared: SharedSandboxes;
  readonly events: EventLog;
  readonly agent: Agent;
  /** Shared by all trials: rate limits and cache are the run's. */
  readonly model: Model | null;
  readonly modelName: string | null;
  readonly config: RunConfig;
  /** What the run may spend. */
  readonly budget: Budget;
  /** A limit of the run was reached: nothing more may be spent. */
  readonly onRunLimit: (limit: BudgetStop['limit']) => void;
  /** A trial waits for somebody outside to work on it. */
  readonly onSession: (session: TaskSession) => void;
  /** Records the working tree of a sandbox that an agent is about to work in; null when that cannot be done. */
  readonly recordTrees: (place: {
    readonly gitDir: string;
    readonly environment: PreparedEnvironment;
    readonly sandbox: Sandbox;
    readonly note: (text: string) => void;
    readonly signal: AbortSignal;
  }) => Promise<TreeRecorder | null>;
  readonly keepSandbox: boolean;
  readonly limitsOf: (task: Task) => StageLimits;
  readonly log: (message: string) => void;
  /** Of a trial that a cluster's node works on. */
  readonly worker?: WorkerPlace;
}

/**
 * The life of one trial: prepare → tests before → agent → collect → evaluate in a clean sandbox → grade, and always the
 * teardown. Never rejects but when the result itself cannot be recorded: whatever happens to a trial is its result.
 */
export async function runTrial<T extends Task>(
  dependencies: TrialDependencies,
  benchmark: Benchmark<T>,
  {
    plan,
    task,
    signal,
  }: { readonly plan: TrialPlan; readonly task: T; readonly signal: AbortSignal },
): Promise<TrialResult> {
  const { events, runDir } = dependencies;
  const paths = runPaths(runDir).trial(plan.trial_id);
  await events.assertHeld();
  await clearedFolder(paths.folder);
  const started = performance.now();
  await events.emitTrial(plan.trial_id, startOf(dependencies.worker));
  const stages = new TrialStages({
    attempt: plan.attempt,
    limits: dependencies.limitsOf(task),
    paths,
    signal,
    emit: (body) => events.emitTrial(plan.trial_id, body),
    showOutput: (stage, text) => {
      events.showOutput({ trial: plan.trial_id, stage, text });
    },
    borrow: (spec, options) => dependencies.shared.borrow(spec, options),
  });
  const progress = noProgress();
  const sandboxes = new TrialSandboxes(dependencies, plan);
  try {
    await new TrialSteps(dependencies, benchmark, {
      plan,
      task,
      stages,
      progress,
      sandboxes,
    }).run();
    if (dependencies.worker !== undefined) await throwIfStopped(progress, signal);
  } catch (error) {
    if (dependencies.worker !== undefined) await stopComes(signal);
    recordFailure(progress, error, { signal, log: dependencies.log });
  } finally {
    await sandboxes.close(dependencies.log);
    dependencies.environments.release(stages);
  }
  const result = toResult({
    agent: dependencies.agent.name,
    model: dependencies.modelName,
    benchmark,
    plan,
    task,
    stages: stages.results,
    progress,
    durationMs: performance.now() - started,
  });
  await events.assertHeld();
  await recordResult(dependencies, plan.trial_id, {
    result,
    tests: { before: progress.before?.tests ?? null, after: progress.after?.tests ?? null },
  });
  return result;
}

/** A job that is stopped has all its processes signalled at once, and this one may learn of it last. */
async function stopComes(signal: AbortSignal): Promise<void> {
  await delay(stopMs, undefined, { signal }).catch(() => undefined);
}

/** What looks like a crash may be the signal that stopped the job, which reaches the programs in the sandbox as well. */
async function throwIfStopped({ status }: TrialProgress, signal: AbortSignal): Promise<void> {
  if (classOf(status) === 'unresolved') await stopComes(signal);
  signal.throwIfAborted();
}

/** What stays of a trial that was cut off: its events go on, so that their numbers stay unique; the lock is its worker's. */
const lasting = new Set(['events.jsonl', '.lock', '.owner.json']);

/** A trial's folder with nothing of an earlier try in it: one that was cut off starts anew. */
async function clearedFolder(folder: string): Promise<void> {
  // Most have none, and making it is the way to know. What keeps it from being made is told to whoever writes first.
  if (await isMade(folder)) return;
  try {
    for (const name of await readdir(folder)) {
      if (!lasting.has(name)) await rm(path.join(folder, name), { recursive: true, force: true });
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function isMade(folder: string): Promise<boolean> {
  return await mkdir(folder).then(
    () => true,
    () => false,
  );
}

interface Steps<T extends Task> {
  readonly plan: TrialPlan;
  readonly task: T;
  readonly stages: TrialStages;
  readonly progress: TrialProgress;
  readonly sandboxes: TrialSandboxes;
}

class TrialSteps<T extends Task> {
  readonly #deps: TrialDependencies;
  readonly #benchmark: Benchmark<T>;
  readonly #steps: Steps<T>;

  constructor(deps: TrialDependencies, benchmark: Benchmark<T>, steps: Steps<T>) {
    this.#deps = deps;
    this.#benchmark = benchmark;
    this.#steps = steps;
  }

  async run(): Promise<void> {
    const { task, stages, progress, plan, sandboxes } = this.#steps;
    const environment = await this.#deps.environments.prepare(this.#benchmark, task, stages);
    if (!environment.ok) {
      const stage = stages.results.at(-1)?.stage ?? 'prepare';
      progress.status =
        environment.notApplicable === true ? 'not_applicable' : statusOf(environment);
      progress.cause =
        environment.notApplicable === true ? null : preparationCause(stage, environment.cause);
      progress.detail = environment.detail;
      return;
    }
    progress.image = environment.value.image;
    const open: OpenSandbox = (purpose, options = {}) =>
      sandboxes.open(environment.value, { ...options, purpose }, stages.signal);
    if (this.#benchmark.testsBefore) {
      progress.before = this.#reportOf(await this.#benchmark.evaluate(task, null, open, stages));
      sandboxes.retire();
    }
    const solved = await solve(this.#deps, this.#benchmark, {
      plan,
      task,
      stages,
      environment: environment.value,
      open,
      onCancelled: (outcome) => {
        progress.agent = outcome;
      },
    });
    sandboxes.retire();
    const { submission } = solved;
    progress.agent = solved;
    progress.submission = submission;
    // It goes to the disk while it is judged.
    const kept = this.#keep(submission);
    kept.catch(() => undefined); // told below
    try {
      const end = ungraded(solved);
      if (end !== null) Object.assign(progress, end);
      else this.#judge(await this.#benchmark.evaluate(task, submission, open, stages));
    } finally {
      await kept;
    }
  }

  async #keep(submission: Submission): Promise<void> {
    if (isEmpty(submission)) return;
    const { folder } = runPaths(this.#deps.runDir).trial(this.#steps.plan.trial_id);
    await keepSubmission(path.join(folder, this.#benchmark.submissionName), submission);
  }

  #reportOf(evaluation: Evaluation): TestReport | null {
    if (evaluation.kind === 'stopped') return null;
    this.#steps.progress.tail = evaluation.tail;
    return evaluation.report;
  }

  #judge(evaluation: Evaluation): void {
    const { progress, task } = this.#steps;
    progress.after = this.#reportOf(evaluation);
    if (evaluation.kind === 'stopped') {
      progress.status = evaluation.status;
      progress.cause = evaluation.cause;
      progress.detail = evaluation.detail;
      return;
    }
    progress.grade = this.#benchmark.grade(task, evaluation.report);
    progress.status = progress.grade.status;
    progress.cause = progress.grade.cause;
    progress.detail = progress.grade.detail;
  }
}

function statusOf({ cause }: StageFailure): 'timeout' | 'error' {
  return cause === 'timeout' ? 'timeout' : 'error';
}

function preparationCause(stage: string, cause: string): string {
  if (cause === 'timeout') return stage;
  if (cause === 'oom' || cause === 'crash') return cause;
  return `${stage}_failed`;
}
