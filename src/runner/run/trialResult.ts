import type { Benchmark, Grade, Submission } from '../benchmarks/benchmark';
import type {
  AgentStats,
  StageResult,
  Task,
  TestReport,
  TrialPlan,
  TrialResult,
  TrialStatus,
} from '../model';
import { RunnerError, summarizeTests } from '../model';
import type { ResolvedImage } from '../sandbox/sandbox';
import type { SolveOutcome } from './solve';

/** What is known of a trial while it goes on; all of it ends up in the result. */
export interface TrialProgress {
  status: TrialStatus;
  cause: string | null;
  detail: string | null;
  tail: string | null;
  before: TestReport | null;
  after: TestReport | null;
  agent: SolveOutcome | null;
  submission: Submission | null;
  grade: Grade | null;
  image: ResolvedImage | null;
}

/** What was thrown becomes the trial's end: a cancel, an infrastructure failure, or a bug of ours, each told apart. */
export function recordFailure(
  progress: TrialProgress,
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

/** Why a run, or one trial of it, was stopped: by a person, by a limit of the run's budget, or by a full disk. */
export type StopCause =
  'user' | 'disk' | 'model' | 'max_cost' | 'max_tokens' | 'max_turns' | 'max_time';

/** The reason that a run's signal aborts with when the core itself stops it. */
export class RunStop extends Error {
  override readonly cause: StopCause;
  constructor(cause: StopCause, message: string) {
    super(message);
    this.cause = cause;
  }
}

/** Equal trials have equal results: whether the environment was there already is told by the events alone. */
function asFirstRun(stage: StageResult): StageResult {
  return stage.cause === 'snapshot' ? { ...stage, cause: 'done', exit_code: 0 } : stage;
}

function roundedStats(stats: AgentStats): AgentStats {
  const toMs = (seconds: number): number => Number(seconds.toFixed(3));
  return { ...stats, model_s: toMs(stats.model_s), tools_s: toMs(stats.tools_s) };
}

export function toResult<T extends Task>({
  agent,
  model,
  benchmark,
  plan,
  task,
  stages,
  progress,
  durationMs,
}: {
  readonly agent: string;
  readonly model: string | null;
  readonly benchmark: Benchmark<T>;
  readonly plan: TrialPlan;
  readonly task: T;
  readonly stages: readonly StageResult[];
  readonly progress: TrialProgress;
  readonly durationMs: number;
}): TrialResult {
  const fields = benchmark.resultFields(task, {
    submission: progress.submission,
    report: progress.after,
  });
  return {
    task_id: task.taskId,
    repo: task.repo,
    ref: task.ref,
    pytest_k: fields.pytest_k,
    status: progress.status,
    duration_s: Number((durationMs / 1000).toFixed(3)),
    tail: progress.tail,
    attempt: plan.attempt,
    agent: agent,
    model,
    exit_status: progress.agent?.exitStatus ?? null,
    cause: progress.cause,
    before: progress.before === null ? null : summarizeTests(progress.before),
    after: progress.after === null ? null : summarizeTests(progress.after),
    verdict: progress.grade?.verdict ?? null,
    stages: stages.map(asFirstRun),
    usage: progress.agent?.usage ?? null,
    agent_stats: progress.agent === null ? null : roundedStats(progress.agent.stats),
    patch_stats: fields.patch_stats,
    detail: progress.detail,
    image:
      progress.image === null ? null : { name: progress.image.name, digest: progress.image.digest },
    ...(fields.contest === undefined ? {} : { contest: fields.contest }),
  };
}
