import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readdir } from 'node:fs/promises';
import type { Agent, AgentOutcome } from '../agents/agent';
import type { Benchmark, Evaluation, Grade, Submission } from '../benchmarks/benchmark';
import type {
  StageLimits,
  StageResult,
  Task,
  TestReport,
  TrialPlan,
  TrialResult,
  TrialStatus,
} from '../model';
import { RunnerError, summarizeTests } from '../model';
import type { Sandbox, SandboxProvider } from '../sandbox/sandbox';
import { isNotFound, JsonLinesWriter, writeJson } from '../store/files';
import { isEmpty, keepSubmission } from './submission';
import { runPaths } from '../store/runFolder';
import type { Environments, PreparedEnvironment } from './environments';
import { assertSupported, sandboxSpec } from './environments';
import type { EventLog } from './eventLog';
import { TrialStages } from './trialStages';

/** What the trials of a run share. */
export interface TrialDependencies {
  readonly runDir: string;
  readonly runId: string;
  readonly provider: SandboxProvider;
  readonly environments: Environments;
  readonly events: EventLog;
  readonly agent: Agent;
  readonly model: string | null;
  readonly keepSandbox: boolean;
  readonly limitsOf: (task: Task) => StageLimits;
  readonly log: (message: string) => void;
}

/** What is known of a trial while it goes on; all of it ends up in the result. */
interface Progress {
  status: TrialStatus;
  cause: string | null;
  detail: string | null;
  tail: string | null;
  before: TestReport | null;
  after: TestReport | null;
  agent: AgentOutcome | null;
  submission: Submission | null;
  grade: Grade | null;
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
  await clearEarlierTry(paths.folder);
  const started = performance.now();
  await events.emitTrial(plan.trial_id, { type: 'trial.started' });
  const stages = new TrialStages({
    limits: dependencies.limitsOf(task),
    paths,
    signal,
    emit: (body) => events.emitTrial(plan.trial_id, body),
    showOutput: (stage, text) => {
      events.showOutput({ trial: plan.trial_id, stage, text });
    },
  });
  const progress: Progress = {
    status: 'infra_failure',
    cause: null,
    detail: null,
    tail: null,
    before: null,
    after: null,
    agent: null,
    submission: null,
    grade: null,
  };
  const sandboxes = new TrialSandboxes(dependencies, plan);
  try {
    await new TrialSteps(dependencies, benchmark, {
      plan,
      task,
      stages,
      progress,
      sandboxes,
    }).run();
  } catch (error) {
    recordFailure(progress, error, { signal, log: dependencies.log });
  } finally {
    await sandboxes.close(dependencies.log);
  }
  const result = toResult({
    dependencies,
    benchmark,
    plan,
    task,
    stages,
    progress,
    durationMs: performance.now() - started,
  });
  await writeJson(paths.tests, {
    before: progress.before?.tests ?? null,
    after: progress.after?.tests ?? null,
  });
  await writeJson(paths.result, result);
  await events.emitTrial(plan.trial_id, { type: 'trial.ended', result });
  await events.closeTrial(plan.trial_id);
  return result;
}

/** A trial that was cut off starts anew; only its events go on, so that their numbers stay unique. */
async function clearEarlierTry(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      if (name !== 'events.jsonl')
        await rm(path.join(folder, name), { recursive: true, force: true });
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

interface Steps<T extends Task> {
  readonly plan: TrialPlan;
  readonly task: T;
  readonly stages: TrialStages;
  readonly progress: Progress;
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
    assertSupported(this.#benchmark.environment(task), this.#deps.provider);
    const environment = await this.#deps.environments.prepare(this.#benchmark, task, stages);
    if (!environment.ok) {
      const stage =
        stages.results.at(-1)?.stage ?? this.#benchmark.preparation(task)[0] ?? 'prepare';
      progress.status = environment.cause === 'timeout' ? 'timeout' : 'error';
      progress.cause = preparationCause(stage, environment.cause);
      progress.detail = environment.detail;
      return;
    }
    const open = (purpose: string): Promise<Sandbox> =>
      sandboxes.open(environment.value, purpose, stages.signal);
    if (this.#benchmark.testsBefore) {
      progress.before = this.#reportOf(await this.#benchmark.evaluate(task, null, open, stages));
    }
    const submission = await this.#solve(open);
    progress.submission = submission;
    if (isEmpty(submission)) {
      progress.status = 'empty_patch';
      return;
    }
    const { folder } = runPaths(this.#deps.runDir).trial(plan.trial_id);
    await keepSubmission(path.join(folder, this.#benchmark.submissionName), submission);
    this.#judge(await this.#benchmark.evaluate(task, submission, open, stages));
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

  /** Lets the agent work under its own clock and takes what it hands in. */
  async #solve(open: (purpose: string) => Promise<Sandbox>): Promise<Submission> {
    const { plan, task, stages, progress } = this.#steps;
    const benchmark = this.#benchmark;
    const trajectory = new JsonLinesWriter(
      runPaths(this.#deps.runDir).trial(plan.trial_id).trajectory,
    );
    let work: { sandbox: Sandbox; baseline: string } | null = null;
    let step = 0;
    try {
      const outcome = await stages.stage('agent', stages.limits.agent, async (stage) => {
        const sandbox = async (): Promise<Sandbox> => {
          if (work === null) {
            const opened = await open('agent');
            work = { sandbox: opened, baseline: await benchmark.baseline(task, opened, stages) };
          }
          return work.sandbox;
        };
        const solved = await this.#deps.agent.solve({
          task,
          gold: benchmark.gold(task),
          sandbox,
          tools: (opened) => benchmark.tools(task, opened),
          model: null,
          limits: stages.limits,
          onStep: async ({ kind, summary, detail }) => {
            step += 1;
            await trajectory.append({
              step,
              time: new Date().toISOString(),
              kind,
              summary,
              detail,
            });
            await this.#deps.events.emitTrial(plan.trial_id, {
              type: 'agent.step',
              step,
              kind,
              summary,
            });
            stage.log(`${summary}\n`);
          },
          signal: stage.limitSignal,
        });
        return { ok: true, value: solved, exitCode: null };
      });
      progress.agent = outcome.ok
        ? outcome.value
        : { exitStatus: 'time', submission: null, usage: null };
    } finally {
      await trajectory.close();
    }
    // Out of time is no reason to lose the work: what is there is handed in.
    const opened = work as { sandbox: Sandbox; baseline: string } | null; // assigned in the closure above
    if (progress.agent.submission !== null || opened === null)
      return progress.agent.submission ?? { kind: 'text', text: '' };
    return await benchmark.collect(task, opened.sandbox, {
      ...withBaseline(stages, opened.baseline),
    });
  }
}

function withBaseline(stages: TrialStages, baseline: string): Parameters<Benchmark['collect']>[2] {
  const { signal, limits, stage, note, keep } = stages;
  return { signal, limits, stage, note, keep, baseline };
}

function preparationCause(stage: string, cause: string): string {
  if (cause === 'timeout') return stage;
  if (cause === 'oom' || cause === 'crash') return cause;
  return `${stage}_failed`;
}

/** Sandboxes of one trial. All are removed when it ends, unless they are to be kept for a person. */
class TrialSandboxes {
  readonly #deps: TrialDependencies;
  readonly #plan: TrialPlan;
  readonly #open: Sandbox[] = [];

  constructor(deps: TrialDependencies, plan: TrialPlan) {
    this.#deps = deps;
    this.#plan = plan;
  }

  async open(
    environment: PreparedEnvironment,
    purpose: string,
    signal: AbortSignal,
  ): Promise<Sandbox> {
    const { provider, runId } = this.#deps;
    const sandbox = await provider.create(
      {
        ...sandboxSpec(environment.spec, environment.image),
        snapshot: environment.snapshot,
        profile: 'trial',
        network: false,
        labels: {
          run: runId,
          trial: this.#plan.trial_id,
          purpose,
        },
      },
      { signal },
    );
    this.#open.push(sandbox);
    return sandbox;
  }

  async #keep(sandbox: Sandbox, log: (message: string) => void): Promise<boolean> {
    const command = sandbox.shellCommand();
    if (command === null) return false;
    try {
      await sandbox.keep({ signal: AbortSignal.timeout(10_000) });
    } catch (error) {
      log(`the sandbox ${sandbox.id} could not be kept: ${String(error)}`);
      return false;
    }
    await this.#deps.events.emitTrial(this.#plan.trial_id, {
      type: 'sandbox.kept',
      sandbox: sandbox.id,
      command: [...command],
    });
    return true;
  }

  async close(log: (message: string) => void): Promise<void> {
    const last = this.#open.at(-1);
    if (this.#deps.keepSandbox && last !== undefined && (await this.#keep(last, log)))
      this.#open.pop();
    const removed = await Promise.allSettled(
      this.#open.map((sandbox) => sandbox[Symbol.asyncDispose]()),
    );
    for (const outcome of removed) {
      // The reaper finds what is still there by its label.
      if (outcome.status === 'rejected')
        log(`a sandbox could not be removed: ${String(outcome.reason)}`);
    }
  }
}

/** What was thrown becomes the trial's end: a cancel, an infrastructure failure, or a bug of ours, each told apart. */
function recordFailure(
  progress: Progress,
  error: unknown,
  { signal, log }: { readonly signal: AbortSignal; readonly log: (message: string) => void },
): void {
  if (signal.aborted) {
    progress.status = 'cancelled';
    progress.cause =
      typeof signal.reason === 'object' && signal.reason instanceof RunStop
        ? signal.reason.cause
        : 'user';
    return;
  }
  if (RunnerError.is(error, 'invalid-task')) {
    progress.status = 'error';
    progress.cause = 'invalid_task';
    progress.detail = error.message;
    return;
  }
  progress.status = 'infra_failure';
  progress.cause = RunnerError.is(error) ? error.code : 'unexpected';
  progress.detail = error instanceof Error ? error.message : String(error);
  if (!RunnerError.is(error))
    log(
      `unexpected failure in a trial: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
    );
}

/** The reason that a run's signal aborts with when the core itself stops it. */
export class RunStop extends Error {
  override readonly cause: 'user' | 'max_cost' | 'disk';
  constructor(cause: 'user' | 'max_cost' | 'disk', message: string) {
    super(message);
    this.cause = cause;
  }
}

/** Equal trials have equal results: whether the environment was there already is told by the events alone. */
function asFirstRun(stage: StageResult): StageResult {
  return stage.cause === 'snapshot' ? { ...stage, cause: 'done', exit_code: 0 } : stage;
}

function toResult<T extends Task>({
  dependencies,
  benchmark,
  plan,
  task,
  stages,
  progress,
  durationMs,
}: {
  readonly dependencies: TrialDependencies;
  readonly benchmark: Benchmark<T>;
  readonly plan: TrialPlan;
  readonly task: T;
  readonly stages: TrialStages;
  readonly progress: Progress;
  readonly durationMs: number;
}): TrialResult {
  const fields = benchmark.resultFields(task, progress.submission);
  return {
    task_id: task.taskId,
    repo: task.repo,
    ref: task.ref,
    pytest_k: fields.pytest_k,
    status: progress.status,
    duration_s: Number((durationMs / 1000).toFixed(3)),
    tail: progress.tail,
    attempt: plan.attempt,
    agent: dependencies.agent.name,
    model: dependencies.model,
    exit_status: progress.agent?.exitStatus ?? null,
    cause: progress.cause,
    before: progress.before === null ? null : summarizeTests(progress.before),
    after: progress.after === null ? null : summarizeTests(progress.after),
    verdict: progress.grade?.verdict ?? null,
    stages: stages.results.map(asFirstRun),
    usage: progress.agent?.usage ?? null,
    patch_stats: fields.patch_stats,
    detail: progress.detail,
  };
}
