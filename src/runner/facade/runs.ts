import type { AgentSession } from '../agents/agent';
import type {
  BudgetLimits,
  OutputChunk,
  RunConfigInput,
  RunEvent,
  RunPhase,
  RunState,
  RunTotals,
  TrialResult,
} from '../model';
import type { CallOptions } from './calls';

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

/** What the list of many runs says of one, without its trials. */
export interface RunHeader extends RunListing {
  readonly agent: string;
  readonly model: string | null;
  readonly createdAt: string;
  /** How many trials are planned. */
  readonly trials: number;
  /** null: it is planned, and never began. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly phase: RunPhase;
  /** Why it was stopped (`user`, `max_cost`, `disk`, …); null while it goes on, and when it came to its end. */
  readonly endCause: string | null;
}

/** An event with its place in the one order of its run's events. */
export interface RecordedEvent {
  /** Where a reader may come back to. */
  readonly id: string;
  readonly event: RunEvent;
}

export interface EventOptions extends CallOptions {
  /** The id of the last event that the reader has. */
  readonly after?: string | undefined;
  /** Whether the run goes on although nobody holds it: somebody has it in a queue. Default: it does not. */
  readonly goesOn?: (() => boolean) | undefined;
}

/** Runs: making them, going on with them, following them. */
export interface RunCalls {
  /** Names of the agents that need no model, and of those that do. */
  agents(): readonly {
    readonly name: string;
    readonly needsModel: boolean;
    readonly description: string;
  }[];
  /** Makes the run folder and starts. Rejects before anything is written when the config cannot be run. */
  startRun(config: RunConfigInput, options: RunOptions): Promise<RunHandle>;
  /** Makes the run folder and starts nothing: `resumeRun` begins the run, now or after a restart. Rejects as `startRun` does. */
  planRun(config: RunConfigInput, options: RunOptions): Promise<RunListing>;
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
  /** As `openRun`, from the run's own files alone: what it costs does not grow with what the trials did. */
  readRunHeader(runDir: string, options: CallOptions): Promise<RunHeader>;
  /**
   * Events of a run of any process in one order: first what is there, then what comes, until the run ended or nobody works
   * on it any more. A reader that comes back with the id of its last event goes on after it, or, where that order is not
   * known any more, begins anew: to fold an event twice changes nothing. They come some at a time. Many readers of one run cost little more than one,
   * and a slow one holds its place instead of events.
   */
  readRunEvents(runDir: string, options: EventOptions): AsyncIterable<readonly RecordedEvent[]>;
  /**
   * Makes this process the only one that serves the runs of a folder, until the answer is disposed of.
   *
   * @throws `locked` with who does
   */
  holdRuns(outDir: string, options: CallOptions): Promise<AsyncDisposable>;
  deleteRun(runDir: string, options: CallOptions): Promise<void>;
}
