import type { Benchmark, Grade, Submission } from '../benchmarks/benchmark';
import type {
  AgentStats,
  StageResult,
  Task,
  TestReport,
  TrialPlan,
  TrialResult,
  TrialStatus,
  StopCause,
} from '../model';
import { isInfrastructureStop, RunnerError, summarizeTests } from '../model';
import type { ResolvedImage } from '../sandbox/sandbox';
import { diskError, isOutOfHandles } from '../store/files';
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
): TrialProgress {
  if (signal.aborted) {
    progress.status = 'cancelled';
    progress.cause =
      typeof signal.reason === 'object' && signal.reason instanceof RunStop
        ? signal.reason.cause
        : 'user';
    return progress;
  }
  if (RunnerError.is(error, 'invalid-task')) {
    progress.status = 'error';
    progress.cause = 'invalid_task';
    progress.detail = error.message;
    return progress;
  }
  return recordInfrastructure(
    progress,
    isOutOfHandles(error) ? diskError(error, 'What it needs') : error,
    log,
  );
}

function recordInfrastructure(
  progress: TrialProgress,
  error: unknown,
  log: (message: string) => void,
): TrialProgress {
  progress.status = 'infra_failure';
  progress.cause = RunnerError.is(error) ? error.code : 'unexpected';
  progress.detail = error instanceof Error ? error.message : String(error);
  if (!RunnerError.is(error))
    log(
      `unexpected failure in a trial: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
    );
  return progress;
}

/** The cause of a run that stops since this was thrown where it is recorded. */
export function stopCauseOf(error: unknown): StopCause {
  if (RunnerError.is(error, 'locked')) return 'locked';
  return RunnerError.is(error, 'too-many-files') ? 'files' : 'disk';
}

/** The reason that a run's signal aborts with when the core itself stops it. */
export class RunStop extends Error {
  override readonly cause: StopCause;

  /** Whether people have to be told, since they have something to mend before the run can go on. */
  get isTold(): boolean {
    return isInfrastructureStop(this.cause);
  }

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
    status: progress.status,
    detail: progress.detail,
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
    ...(fields.competition === undefined ? {} : { competition: fields.competition }),
    ...(fields.technique === undefined ? {} : { technique: fields.technique }),
  };
}
