import type { AgentSession } from './agents/agent';
import type {
  BudgetLimits,
  OutputChunk,
  PatchStats,
  RepositoryTask,
  RunConfigInput,
  RunEvent,
  RunState,
  RunTotals,
  StepSummary,
  Task,
  TaskFileProblem,
  TaskValidation,
  TrajectoryStep,
  TrialResult,
  TrialTests,
} from './model';
import type { LogGrade, LogSelection } from './benchmarks/swe/gradeLogs';
import type { OfficialGrading } from './benchmarks/swe/official/statuses';
import type { EvaluationOutcome, EvaluationQuery } from './evaluation';
import type { Check, SandboxLeftover } from './sandbox/sandbox';

export type { LogGrade, LogSelection } from './benchmarks/swe/gradeLogs';
export type { OfficialReport } from './benchmarks/swe/official/gradeOfficial';
export type { OfficialGrading } from './benchmarks/swe/official/statuses';
export type {
  EvaluatedModel,
  EvaluatedPrediction,
  EvaluationOutcome,
  EvaluationQuery,
} from './evaluation';

/** Options of every call of the core that takes time. */
export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface LoadOptions extends CallOptions {
  /** Called with what is being waited for: what is downloaded, what is tried again. */
  readonly onProgress?: (line: string) => void;
}

/** A dataset of the hub whose shape is known. */
export interface HubDataset {
  readonly title: string;
  /** `hub:lite` */
  readonly source: string;
  /** `owner/name` */
  readonly repository: string;
  /** What is meant when no split is named. */
  readonly split: string;
}

export interface LoadedTasks {
  readonly tasks: readonly Task[];
  readonly problems: readonly TaskFileProblem[];
}

/** A trial of the agent `human`: somebody outside works on it. */
export interface TaskSession extends AgentSession {
  readonly runDir: string;
  readonly trialId: string;
  readonly taskId: string;
}

/** Whoever watches a run. All optional; one that throws is reported to the log and cannot hurt the run. */
export interface RunObserver {
  /** Every event after it was written, with the state that it led to. */
  onEvent?(event: RunEvent, state: RunState): void;
  /** Output of a stage as it happens. */
  onOutput?(chunk: OutputChunk): void;
  /** What is being waited for before trials start: pulling, building, unpacking. */
  onProgress?(line: string): void;
  /** A trial waits for somebody to work on it. Each trial of the agent `human` tells it once, when its sandbox is ready. */
  onSession?(session: TaskSession): void;
}

export interface RunOptions extends CallOptions {
  readonly observer?: RunObserver;
}

export interface ValidateOptions extends RunOptions {
  readonly repeat: number;
  /** Called with the run that tries the tasks, when it has begun. */
  readonly onStart?: (handle: RunHandle) => void;
}

/** What a run came to. */
export interface RunOutcome {
  readonly runDir: string;
  readonly runId: string;
  readonly state: RunState;
  readonly totals: RunTotals;
  /** In the order of the plan; only trials that ended. */
  readonly results: readonly TrialResult[];
}

export interface RunHandle {
  readonly runDir: string;
  readonly runId: string;
  /** Stops one trial that is running, which ends as `cancelled`; the others go on. Does nothing for any other trial. */
  cancelTrial(trialId: string): void;
  /** Resolves also when the run was cancelled (the state says so); rejects when it could not go on. */
  readonly done: Promise<RunOutcome>;
}

/** One line of the list of runs. */
export interface RunListing {
  readonly runDir: string;
  readonly runId: string;
}

/** A file as a patch leaves it. null: the file does not exist on that side. */
export interface PatchedFile {
  readonly path: string;
  readonly base: string | null;
  readonly patched: string | null;
}

/** Content of a repository's file for display. */
export interface RepositoryFileQuery {
  readonly repo: string;
  readonly ref: string;
  readonly path: string;
  /** Applied in this order before reading. */
  readonly patches: readonly string[];
}

export interface TrialFiles {
  readonly patch: string | null;
  /** The patch as git sees it after it was applied; the same as `patch` for most. */
  readonly appliedPatch: string | null;
  readonly goldPatch: string | null;
  readonly testPatch: string | null;
  readonly tests: TrialTests | null;
}

export interface CleanOptions extends CallOptions {
  /** What to look at; nothing named means containers and leftovers of dead processes only. */
  readonly images?: boolean;
  readonly snapshots?: boolean;
  readonly containers?: boolean;
  readonly cache?: boolean;
  readonly dryRun: boolean;
}

export interface CleanedItem {
  readonly kind: SandboxLeftover['kind'] | 'snapshot' | 'cache';
  readonly id: string;
  readonly bytes: number;
  readonly removed: boolean;
}

export interface DoctorReport {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** A range of an agent's steps: what changed after `from` (0: before its first step) until `to` was done. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
}

/** A line of a repository's history. */
export interface Commit {
  readonly sha: string;
  readonly subject: string;
  readonly author: string;
  /** ISO time. */
  readonly time: string;
}

/** A commit that mended something, and how its tests are run. */
export interface CommitQuery {
  /** URL or local path. */
  readonly repo: string;
  readonly commit: string;
  /** How often its tests are run before and after. */
  readonly repeat: number;
  readonly install?: string;
  readonly testCommand?: string;
  readonly image?: string;
  readonly config?: Pick<RunConfigInput, 'sandbox' | 'timeouts' | 'concurrency'>;
}

export interface TaskFromCommit {
  /** A line of a seed file, with its lists of tests. */
  readonly row: Readonly<Record<string, unknown>>;
  /** Tests that came to different ends in the same state; in none of the lists. */
  readonly flaky: readonly string[];
}

/** A sandbox that lives on for a person. */
export interface KeptSandbox {
  readonly id: string;
  /** Command on the host that opens a shell inside. */
  readonly command: readonly string[];
}

/**
 * The facade: everything that the faces (editor, command line, server) may ask of the core. Made by `createRunner`.
 * Failures are `RunnerError`s with a code; cancelling rejects with `signal.reason`, but for a run, which ends as
 * cancelled.
 */
export interface Runner extends AsyncDisposable {
  /**
   * Reads task files (JSON lines, JSON lists, Parquet) and datasets of the Hugging Face hub (`hub:NAME[@REVISION][:SPLIT]`),
   * which are downloaded once. Bad rows become problems, the others still load. Rejects only when cancelled.
   */
  loadTasks(sources: readonly string[], options: LoadOptions): Promise<LoadedTasks>;
  /** Datasets of the hub whose shape is known, and what they are called as a source. */
  datasets(): readonly HubDataset[];
  /** The tasks that a config selects, in the order that it asks for. */
  selectTasks(config: RunConfigInput, options: LoadOptions): Promise<LoadedTasks>;
  /**
   * Tries what tasks are worth: the gold patch must resolve each and doing nothing must not, `repeat` times. What is found
   * is kept beside the task files (`<task file>.validation.json`).
   */
  validateTasks(
    config: RunConfigInput,
    options: ValidateOptions,
  ): Promise<{ readonly runDir: string; readonly tasks: readonly TaskValidation[] }>;
  /** What earlier validations found of these tasks, by id, as far as the tasks are still the same. */
  readValidations(
    tasks: readonly Task[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, TaskValidation>>;
  /** The latest commits of a local repository's checked-out branch, newest first. */
  recentCommits(repo: string, options: CallOptions): Promise<readonly Commit[]>;
  /** Adds a row to a seed file, which is made when it is not there. */
  addTask(
    file: string,
    row: Readonly<Record<string, unknown>>,
    options: CallOptions,
  ): Promise<void>;
  /** Makes a task of a commit that mended something, by running its tests before and after it. */
  taskFromCommit(query: CommitQuery, options: RunOptions): Promise<TaskFromCommit>;
  /** Names of the agents that need no model, and of those that do. */
  agents(): readonly {
    readonly name: string;
    readonly needsModel: boolean;
    readonly description: string;
  }[];
  /** Makes the run folder and starts. Rejects before anything is written when the config cannot be run. */
  startRun(config: RunConfigInput, options: RunOptions): Promise<RunHandle>;
  /** Goes on with a run that was interrupted or cancelled: trials that did not end are run (again). `locked` when another process has it. */
  resumeRun(
    runDir: string,
    options: RunOptions & {
      readonly retry?: 'infra';
      readonly concurrency?: number;
      /** What the run may spend in all, what it has spent included; what is not named stays. */
      readonly budget?: BudgetLimits;
    },
  ): Promise<RunHandle>;
  /** The worker of an engine: runs trial `index` of a run folder and nothing else. */
  runTrial(runDir: string, index: number, options: RunOptions): Promise<TrialResult>;
  /** Run folders below `outDir`, newest first. */
  listRuns(outDir: string, options: CallOptions): Promise<readonly RunListing[]>;
  /** The state of a run as its events tell it. An unfinished run that no living process holds is `interrupted`. */
  openRun(runDir: string, options: CallOptions): Promise<RunState>;
  /** Follows a run of any process: first what is there, then what comes, until it ended or the signal aborts. */
  watchRun(
    runDir: string,
    options: CallOptions & { readonly onState: (state: RunState) => void },
  ): Promise<void>;
  readTrial(runDir: string, trialId: string, options: CallOptions): Promise<TrialFiles>;
  /** A log of a trial's stage (`before`, `after`, `install`, …), or null when there is none. */
  readTrialLog(
    runDir: string,
    trialId: string,
    stage: string,
    options: CallOptions,
  ): Promise<string | null>;
  /** What the steps of a trial were, from the one after `after` on: an index, so that a trajectory of any size opens at once. */
  readSteps(
    runDir: string,
    trialId: string,
    options: CallOptions & { readonly after?: number },
  ): Promise<readonly StepSummary[]>;
  /** All of some steps, in the order asked for. */
  readStepBodies(
    runDir: string,
    trialId: string,
    steps: readonly Pick<StepSummary, 'step' | 'offset' | 'bytes'>[],
    options: CallOptions,
  ): Promise<readonly TrajectoryStep[]>;
  /** The whole output of a tool that was cut for the model (`output_file` of its step). */
  readStepOutput(
    runDir: string,
    trialId: string,
    file: string,
    options: CallOptions,
  ): Promise<string>;
  /** Numbers of the steps whose texts hold a text, in any case of its letters, some at a time and in their order. */
  searchSteps(
    runDir: string,
    trialId: string,
    text: string,
    options: CallOptions,
  ): AsyncIterable<readonly number[]>;
  /** Both sides of every file that changed in a range of steps. Needs the run folder only. */
  stepFiles(
    runDir: string,
    trialId: string,
    range: StepRange,
    options: CallOptions,
  ): Promise<readonly PatchedFile[]>;
  /** The step that wrote a line (from 1) of a file as it is after step `at` (default: the last); null: it was there before. */
  stepOfLine(
    runDir: string,
    trialId: string,
    place: { readonly path: string; readonly line: number; readonly at?: number },
    options: CallOptions,
  ): Promise<number | null>;
  /**
   * A new sandbox of the trial's environment with the working tree as it was after a step (0: before the first). What an
   * agent changed outside of its working tree is not there.
   */
  restoreSandbox(
    runDir: string,
    trialId: string,
    step: number,
    options: RunOptions,
  ): Promise<KeptSandbox>;
  /** The whole trajectory, piece by piece: Markdown for people, JSON lines for programs. */
  exportTrajectory(
    runDir: string,
    trialId: string,
    format: 'markdown' | 'jsonl',
    options: CallOptions,
  ): AsyncIterable<string>;
  /** The task that a trial of a run worked on, as it was when the run started. */
  readRunTask(runDir: string, taskId: string, options: CallOptions): Promise<RepositoryTask | null>;
  /** All tasks of a run, as they were when it started. */
  readRunTasks(runDir: string, options: CallOptions): Promise<readonly Task[]>;
  /** Both sides of every file of a patch, from the repository's local mirror (made when it is not there). */
  patchedFiles(
    query: { readonly repo: string; readonly ref: string; readonly patches: readonly string[] },
    options: CallOptions,
  ): Promise<readonly PatchedFile[]>;
  repositoryFile(query: RepositoryFileQuery, options: CallOptions): Promise<string | null>;
  patchStats(patch: string): PatchStats;
  /**
   * Grades logs of finished SWE-bench evaluations as the official harness does, one by one in the order of their ids.
   * Rejects with `not-found` when there is no log, with `invalid-config` when a folder has two of one task.
   */
  gradeLogs(
    selection: LogSelection,
    options: CallOptions & {
      readonly tasks: readonly string[];
      readonly grading: OfficialGrading;
      readonly onProblem: (message: string) => void;
    },
  ): AsyncIterable<LogGrade>;
  /**
   * Evaluates predictions and keeps them in the official layout; what was evaluated before is not run again. Rejects with
   * `invalid-config` when the predictions are ambiguous or for none of the tasks, with `signal.reason` when cancelled.
   */
  evaluatePredictions(
    query: EvaluationQuery,
    options: RunOptions & { readonly onProblem: (message: string) => void },
  ): Promise<EvaluationOutcome>;
  deleteRun(runDir: string, options: CallOptions): Promise<void>;
  doctor(options: CallOptions): Promise<DoctorReport>;
  clean(options: CleanOptions): Promise<readonly CleanedItem[]>;
  /** Removes what dead processes left. Runs start with it; the editor calls it once. */
  reap(options: CallOptions): Promise<number>;
}
