import type {
  CompetitionConfig,
  CompetitionReport,
  GradingReport,
  MedalAward,
  MleConfig,
  PreparedManifest,
  RunConfigInput,
  SandboxChoice,
  TechniqueId,
  TechniqueResult,
} from '../model';
import type { CallOptions } from './calls';

/** Where competitions and their data are; what is not said is the usual place. */
export type CompetitionPlace = Partial<Pick<MleConfig, 'data_dir' | 'registry'>>;

/** Options of calls that need a sandbox. */
export interface CompetitionOptions extends CallOptions {
  readonly place?: CompetitionPlace;
  /** Default: auto. */
  readonly sandbox?: SandboxChoice;
  /** One line at a time, for people. */
  readonly onProgress?: (line: string) => void;
}

/** One line of the list of competitions. */
export interface CompetitionListing {
  readonly id: string;
  readonly config: CompetitionConfig;
  /** Absolute. */
  readonly folder: string;
  /** Names of the lists (`lite`, `dev`, …) that it is in. */
  readonly splits: readonly string[];
  /** Whether it can be prepared and graded here; otherwise it is described only. */
  readonly complete: boolean;
  /** null: its data has to be prepared first. */
  readonly prepared: PreparedManifest | null;
}

/** What a person reads of a competition. */
export interface CompetitionPage extends CompetitionListing {
  /** Markdown. */
  readonly description: string;
  /** Scores, the best team first; null where the whole board is not here. */
  readonly leaderboard: readonly number[] | null;
  /** Folders of its data, which exist when it is prepared. */
  readonly data: { readonly raw: string; readonly public: string; readonly private: string };
}

/** Which competitions are meant: ids, the lite ones, or a file with an id a line. Together: all of these. */
export interface CompetitionChoice {
  readonly ids?: readonly string[] | undefined;
  readonly lite?: boolean | undefined;
  /** A file with one id a line, or the name of a list that is shipped (`dev`). */
  readonly list?: string | undefined;
  readonly all?: boolean | undefined;
}

export interface PrepareQuery extends CompetitionChoice {
  /** Folder with raw data that is already there, in Kaggle's layout: `DIR/ID`, or `DIR` itself for one competition. */
  readonly from?: string | undefined;
  /** Default: raw data that was downloaded is removed once it is prepared. */
  readonly keepRaw?: boolean | undefined;
}

/** What became of one competition that was to be prepared. */
export interface PreparedCompetition {
  readonly id: string;
  readonly state: 'prepared' | 'already' | 'failed';
  readonly manifest: PreparedManifest | null;
  /** Why it failed, and what to do. */
  readonly message: string | null;
}

/** What a run of competitions is asked for, as command line, server and editor say it. */
export interface CompetitionRunQuery {
  /** A file with one id a line, the name of a list that is shipped, or ids. */
  readonly competition_set?: string | readonly string[] | undefined;
  /** Only those of the lite list; without a set, all of it. */
  readonly lite?: boolean | undefined;
  /** Technique tasks on each competition's data as well. */
  readonly technique_tasks?: boolean | undefined;
  /** Which ones. Default: all six. */
  readonly tasks?: readonly TechniqueId[] | undefined;
  /** false: the technique tasks alone. */
  readonly competitions?: boolean | undefined;
  readonly n_seeds?: number | undefined;
  readonly n_workers?: number | undefined;
  /** Everything else that a run can be told; what is named above wins. */
  readonly config: RunConfigInput;
}

export interface TechniqueTaskInfo {
  readonly name: TechniqueId;
  readonly title: string;
  /** One sentence. */
  readonly description: string;
  /** Files that the agent hands in. */
  readonly artifacts: readonly string[];
}

export interface TechniqueQuery {
  readonly task: TechniqueId;
  readonly seed: number;
  /** A table; null: one that the project generates. */
  readonly data: string | null;
  /** Its target column. Default: the last one. */
  readonly target?: string | undefined;
  /** Gets `public/` and `private/`. */
  readonly out: string;
}

/** Competitions, their leaderboards and medals, their data and their grading; technique tasks. */
export interface CompetitionCalls {
  /**
   * Holds scores against a leaderboard (a CSV with a column `score`, the best team first), in the order of the scores.
   * Rejects with `not-found` or `invalid-config` when it cannot be read.
   */
  medals(
    leaderboard: string,
    scores: readonly number[],
    options: CallOptions,
  ): Promise<readonly MedalAward[]>;
  /** All competitions of the shipped registry and of the user's own, by id. */
  listCompetitions(options: CompetitionOptions): Promise<readonly CompetitionListing[]>;
  /** Rejects with `not-found` where there is none of that id. */
  readCompetition(id: string, options: CompetitionOptions): Promise<CompetitionPage>;
  /** The lists of competitions that are shipped, by name. */
  competitionLists(): Promise<ReadonlyMap<string, readonly string[]>>;
  listTechniqueTasks(): readonly TechniqueTaskInfo[];
  /**
   * Downloads (or takes), checks and prepares the data of competitions, one after another. One that fails does not stop the
   * others; the data of each appears whole or not at all.
   */
  prepareCompetitions(
    query: PrepareQuery,
    options: CompetitionOptions,
  ): Promise<readonly PreparedCompetition[]>;
  /** Grades one file against a competition's answers. `not-found` where the competition is not prepared. */
  gradeSample(csv: string, id: string, options: CompetitionOptions): Promise<CompetitionReport>;
  /** Grades the submissions that a JSONL file lists; writes grading_report.json below `outputDir` where it is given. */
  gradeSubmissions(
    jsonl: string,
    options: CompetitionOptions & { readonly outputDir?: string },
  ): Promise<GradingReport>;
  /** The configuration of a run: tasks, attempts, concurrency. Rejects with `invalid-config` where nothing is left to run. */
  competitionRun(query: CompetitionRunQuery, options: CompetitionOptions): Promise<RunConfigInput>;
  /** Makes a technique task's data. Answers false, with the reason, where the data does not fit the task. */
  prepareTechnique(
    query: TechniqueQuery,
    options: CompetitionOptions,
  ): Promise<{ readonly applicable: boolean; readonly reason: string | null }>;
  /** Grades what an agent left for a technique task that `prepareTechnique` made. */
  gradeTechnique(
    query: { readonly dir: string; readonly answers: string },
    options: CompetitionOptions,
  ): Promise<TechniqueResult>;
}
