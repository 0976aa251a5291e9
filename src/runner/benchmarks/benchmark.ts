import type { TaskBrief } from '../agents/agent';
import type { Tool } from '../agents/tool';
import type {
  RunPlan,
  StageLimits,
  StageResult,
  Task,
  TestReport,
  TrialPlan,
  TrialResult,
  TrialStatus,
  Verdict,
} from '../model';
import type {
  EnvironmentSpec,
  ExecOptions,
  ExecResult,
  ProgressOptions,
  ReadOnlyMount,
  Sandbox,
  SandboxLimits,
} from '../sandbox/sandbox';

/** How one stage of a trial is run: under its limit, with its own log, told to whoever watches. */
export interface StageContext {
  /** Aborts a moment after the limit: for reading what a command left that was stopped at the limit. */
  readonly signal: AbortSignal;
  /** Aborts at the limit: for work on the host, which knows no other limit. */
  readonly limitSignal: AbortSignal;
  /** Milliseconds that this stage still has; commands of it must not be given more. */
  readonly remainingMs: () => number;
  /** Runs a command in the sandbox under the stage's limit; its output goes to the stage's log as it comes. */
  exec(
    sandbox: Sandbox,
    argv: readonly string[],
    options?: Partial<Omit<ExecOptions, 'signal' | 'timeoutMs'>>,
  ): Promise<ExecResult>;
  /** Writes to the stage's log. */
  readonly log: (text: string) => void;
}

/** Why a stage did not do its work, as a value. */
export interface StageFailure {
  readonly cause: Exclude<StageResult['cause'], 'done' | 'snapshot'>;
  readonly exitCode: number | null;
  readonly detail: string;
  /** Nothing went wrong: there is nothing to do, since the task does not fit its data. */
  readonly notApplicable?: true;
}

export type StageOutcome<T> =
  | {
      readonly ok: true;
      readonly value: T;
      readonly exitCode?: number | null;
      /** Default `done`; a stage whose result is that its command was stopped says so. */
      readonly cause?: 'timeout' | 'oom' | 'snapshot';
    }
  | ({ readonly ok: false } & StageFailure);

/** What the pipeline lends a benchmark for one trial. */
export interface TrialContext {
  /** From 0; where tasks are drawn by a seed, it is part of it. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly limits: StageLimits;
  /** Runs `work` as the named stage: limit, log, events and the stage's record in the result. Infrastructure errors pass through. */
  stage<T>(
    name: string,
    limitS: number,
    work: (stage: StageContext) => Promise<StageOutcome<T>>,
  ): Promise<StageOutcome<T>>;
  /** Says something about the trial that a person should know. */
  note(text: string): void;
  /** Keeps a file in the trial's folder. */
  keep(name: string, content: string | Uint8Array): Promise<void>;
  /**
   * Lends a sandbox that trials of the run share, one after the other, so that what takes long to start is started once.
   * It starts from the bare image of `spec`, in the profile `judge`. Whoever borrows it leaves nothing in it, or spoils it.
   */
  borrow(spec: EnvironmentSpec): Promise<BorrowedSandbox>;
}

/** Given back when it is disposed of. */
export interface BorrowedSandbox extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Nobody gets it again: it is removed when it is given back. */
  spoil(): void;
}

/** Makes sandboxes of the task's prepared environment. Each is removed by the trial whatever happens. */
export type OpenSandbox = (
  purpose: string,
  options?: {
    /** What it sees of the host beside what its environment says. */
    readonly mounts?: readonly ReadOnlyMount[];
    /** Default: what its environment says. */
    readonly limits?: SandboxLimits;
  },
) => Promise<Sandbox>;

/** What a benchmark put into an agent's sandbox, or beside it, for as long as the agent works. */
export interface Furnishing extends AsyncDisposable {
  /** Beside those of `tools`. */
  readonly tools: readonly Tool[];
}

/** What grading made of a report: the status that is the trial's, and the lists where the task has them. */
export interface Grade {
  readonly status: TrialStatus;
  readonly cause: string | null;
  readonly detail: string | null;
  readonly verdict: Verdict | null;
}

/** A trial that another run made before, or one that solved its task. */
export interface EarlierTrial {
  readonly reason: 'solved' | 'recorded';
  /** Which, for people. */
  readonly by: string;
}

/** An evaluation that could not run its tests: the patch was refused, or a stage reached its limit. */
export type Evaluation =
  | { readonly kind: 'tested'; readonly report: TestReport; readonly tail: string }
  | {
      readonly kind: 'stopped';
      readonly status: TrialStatus;
      readonly cause: string;
      readonly detail: string;
    };

/**
 * What an agent hands in: a text (a patch, programs as JSON lines), or files as a tar archive, as `Sandbox.copyOut` makes
 * it (a submission with its code and logs).
 */
export type Submission =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'files'; readonly tar: Uint8Array };

/** What the environments of several tasks have in common: prepared once, then kept, and theirs start from it. */
export interface EnvironmentLayer {
  /** What its preparation is called in a trial's record. */
  readonly stage: string;
  /** For people. */
  readonly title: string;
  /** All that it depends on besides the image. */
  readonly parts: readonly string[];
  prepare(builder: Sandbox, trial: TrialContext): Promise<StageOutcome<null>>;
}

/**
 * A benchmark: how its tasks are prepared, handed in, evaluated and graded. `run/` drives it and knows none by name.
 */
export interface Benchmark<T extends Task = Task> {
  readonly id: T['benchmark'];
  /** Limits of one trial, after the run's own. */
  limits(task: T): Partial<StageLimits>;
  /** `attempt`: of the trial, whose environment may be its own. Default: the first. */
  environment(
    task: T,
    options: { readonly signal: AbortSignal; readonly attempt?: number },
  ): Promise<EnvironmentSpec>;
  /** Whether the tests also run before the agent's work, as `evaluate` with no submission. */
  readonly testsBefore: boolean;
  /** The stages of `prepare`, in their order; a kept environment skips them. Empty: the bare image is the environment. */
  preparation(task: T, spec: EnvironmentSpec): readonly string[];
  /** What the task's environment shares with others; null or absent: nothing. */
  layer?(task: T, spec: EnvironmentSpec): EnvironmentLayer | null;
  /**
   * What the prepared environment depends on besides its image: with the image's digest, the key of the snapshot.
   * Does what must be done on the host first (mirroring a repository, resolving a ref).
   */
  fingerprint(
    task: T,
    trial: TrialContext,
    options: ProgressOptions & { readonly spec: EnvironmentSpec },
  ): Promise<StageOutcome<readonly string[]>>;
  /**
   * Fills a builder sandbox; what it then holds is kept as a snapshot. `unchanged`: the image has all of it already, so
   * that there is nothing to keep.
   */
  prepare(
    task: T,
    place: { readonly builder: Sandbox; readonly spec: EnvironmentSpec },
    trial: TrialContext,
  ): Promise<StageOutcome<'unchanged' | null>>;
  /** What an agent is told about its task: no word of the solution or of the tests that decide. */
  brief(task: T, spec: EnvironmentSpec): TaskBrief;
  /** What an agent may call on its sandbox. `prepared`: what became of the stages of `prepare`. */
  tools(
    task: T,
    sandbox: Sandbox,
    trial: Pick<TrialContext, 'limits' | 'borrow'> & { readonly prepared: readonly StageResult[] },
  ): readonly Tool[];
  /**
   * Sets up the sandbox that an agent is about to get: files that only it sees, services on its ports, tools that need
   * another sandbox. Disposed of when the agent's work has been collected.
   */
  furnish?(
    task: T,
    sandbox: Sandbox,
    trial: TrialContext & { readonly open: OpenSandbox },
  ): Promise<Furnishing>;
  /** Read from a sandbox before the agent gets it: what `collect` compares with, so that an agent cannot move it. */
  baseline(task: T, sandbox: Sandbox, trial: TrialContext): Promise<string>;
  /** What the agent hands in, from the sandbox that it worked in. Empty when it did nothing. */
  collect(
    task: T,
    sandbox: Sandbox,
    trial: TrialContext & { readonly baseline: string },
  ): Promise<Submission>;
  /** Whether the task has a solution of its own. */
  hasGold(task: T): boolean;
  /** What the task's own author would hand in; null when the task has none. */
  gold(task: T, options: { readonly signal: AbortSignal }): Promise<Submission | null>;
  /** Copies what the task itself does not hold into the folder of a run, which stands alone; answers the task as it is there. */
  keepContent?(
    task: T,
    place: { readonly runDir: string; readonly signal: AbortSignal },
  ): Promise<T>;
  /** Runs the task's tests on a submission (null: on nothing, the state before) in a clean sandbox. */
  evaluate(
    task: T,
    submission: Submission | null,
    open: OpenSandbox,
    trial: TrialContext,
  ): Promise<Evaluation>;
  /** What makes a trial needless that other runs made before; null, or absent: nothing. */
  earlier?(task: T, plan: TrialPlan): Promise<EarlierTrial | null>;
  /** Told every trial that ended, once its folder is whole: for records that outlive the run. */
  ended?(
    task: T,
    trial: {
      readonly plan: TrialPlan;
      readonly result: TrialResult;
      readonly folder: string;
    },
  ): Promise<void>;
  /** Why the task cannot be graded here, so that nothing is spent on it; null: it can. */
  refusal(task: T): Promise<string | null>;
  /** Pure: report → verdict. */
  grade(task: T, report: TestReport): Grade;
  /**
   * Where the trial's folder keeps what was handed in: a file's name, or a folder's for a submission of files (`.`: the
   * trial's folder itself).
   */
  readonly submissionName: string;
  /** What a trial's folder is called, for tasks whose folders have published names; absent: `<task>_<attempt>`. Not the same twice. */
  trialId?(task: T): string;
  /** What only this benchmark's results say. */
  resultFields(
    task: T,
    trial: {
      readonly submission: Submission | null;
      readonly report: TestReport | null;
      readonly status: TrialStatus;
      readonly detail: string | null;
    },
  ): Pick<TrialResult, 'pytest_k' | 'patch_stats' | 'contest' | 'competition' | 'technique'>;
  /** Files that a run of this benchmark keeps beside its own report: official summaries. */
  summaries(
    plan: RunPlan,
    results: readonly TrialResult[],
  ): readonly { readonly name: string; readonly content: string }[];
}
