import type { RunConfigInput, Task, TaskFileProblem, TaskValidation } from '../model';
import type { CallOptions } from './calls';
import type { RunOptions, RunHandle } from './runs';

export interface LoadOptions extends CallOptions {
  /** Called with what is being waited for: what is downloaded, what is tried again. */
  readonly onProgress?: (line: string) => void;
  /** Column with the names of contest tasks. Default: `name`, `task_name` or `task_id`. */
  readonly nameColumn?: string | undefined;
  /** Folders with competitions of the user's own. Default: none. */
  readonly registry?: readonly string[] | undefined;
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

export interface ValidateOptions extends RunOptions {
  readonly repeat: number;
  /** Called with the run that tries the tasks, when it has begun. */
  readonly onStart?: (handle: RunHandle) => void;
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

/** Tasks, where they come from and what they are worth. */
export interface TaskCalls {
  /**
   * Reads task files (JSON lines, JSON lists, Parquet) and datasets of the Hugging Face hub (`hub:NAME[@REVISION][:SPLIT]`),
   * which are downloaded once, and datasets that were saved here (`data:NAME[:SPLIT]`). Bad rows become problems, the others still load. Rejects only when cancelled.
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
}
