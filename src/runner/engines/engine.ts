import type { EngineId, RunConfig, JobSubmission, TrialPlan } from '../model';

/**
 * Where trials run. An engine decides when and where, never what: in this process `runTrial` does the work and records
 * its result; in other ones `benchyard trial RUN_DIR INDEX` does, and `workers` tells what they recorded.
 */
export interface Engine {
  readonly id: EngineId;
  /**
   * Whether the engine can be used from here, before anything is made for a run.
   *
   * @throws `engine-unavailable` with what to do
   */
  check?(config: RunConfig): Promise<void>;
  /** Runs all trials; returns when none is left, or the signal aborts and what was running has ended. */
  run(trials: readonly TrialPlan[], work: EngineWork): Promise<void>;
}

export interface EngineWork {
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Does a trial in this process. What it throws means that nothing can be recorded any more. */
  readonly runTrial: (trial: TrialPlan, signal: AbortSignal) => Promise<void>;
  /** The trial that may begin only now that another has ended; it takes its place behind those that wait. */
  readonly next: (ended: TrialPlan) => TrialPlan | null;
  readonly workers: Workers;
}

/** What a trial's task asks of the machine that it runs on. */
export interface Needs {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** -1: all that there are. */
  readonly gpus: number;
  /** The longest that it may take, with room for what has no limit (images, sandboxes). */
  readonly seconds: number;
}

/** Why a trial came to no result, or was stopped, as its engine knows it. */
export interface EngineEnd {
  readonly cause: string;
  readonly detail: string;
}

/**
 * Trials that processes on other machines work on. They write into their trials' folders and nothing else; whoever runs
 * the run reads what they wrote and is the only one that writes the rest.
 */
export interface Workers {
  readonly runDir: string;
  readonly runId: string;
  readonly config: RunConfig;
  /** Variables of a worker's environment that hold secrets. Never for an argument or a file. */
  readonly secrets: () => Promise<Readonly<Record<string, string>>>;
  /** What was submitted so far, by processes before this one, too. */
  readonly submissions: () => readonly JobSubmission[];
  readonly needsOf: (trial: TrialPlan) => Promise<Needs>;
  /** Asked before a trial is given to a worker. null: it is not needed (any more). Its signal stops it alone. */
  readonly begin: (trial: TrialPlan) => Promise<AbortSignal | null>;
  /** Reads what workers added. Answers the trials that were begun and have come to their end, each once. */
  readonly refresh: () => Promise<readonly TrialPlan[]>;
  /** Tells that a trial that was running waits again; does nothing when a living worker has it. */
  readonly waits: (trial: TrialPlan) => Promise<void>;
  /** Ends a trial whose worker is gone. false: not yet, since a living worker has it. */
  readonly fail: (trial: TrialPlan, end: EngineEnd) => Promise<boolean>;
  /** Ends a trial whose job was cancelled, `begun`: only when its worker had begun. false: not yet. */
  readonly cancel: (trial: TrialPlan, options: { readonly begun: boolean }) => Promise<boolean>;
  readonly submitted: (submission: JobSubmission) => Promise<void>;
  readonly note: (level: 'info' | 'warning', text: string) => Promise<void>;
}
