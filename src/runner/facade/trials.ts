import type {
  PatchStats,
  RepositoryTask,
  StepSummary,
  Task,
  TrajectoryStep,
  TrialTests,
} from '../model';
import type { CallOptions } from './calls';
import type { RunOptions } from './runs';

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

/** A range of an agent's steps: what changed after `from` (0: before its first step) until `to` was done. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
}

/** A sandbox that lives on for a person. */
export interface KeptSandbox {
  readonly id: string;
  /** Command on the host that opens a shell inside. */
  readonly command: readonly string[];
}

/** What trials left: patches, logs, trajectories. */
export interface TrialCalls {
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
}
