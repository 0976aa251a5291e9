/** What goes over the wire, as `GET /openapi.json` of a server describes it. */

export type RunStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';

export type TechniqueTaskName = 'imbalance' | 'missing' | 'encoding' | 'cv' | 'scaling' | 'leakage';

/** What to run. Competitions where any is named, else whatever `config` says. */
export interface RunRequest {
  /** Agent, such as `dummy`, `runner` or `aide/dev`. */
  readonly agent_id?: string | undefined;
  /** Competitions: their ids, the name of a list (`dev`), or a file with an id a line. */
  readonly competition_set?: string | readonly string[] | undefined;
  /** Only those of the lite list; without a set, all of it. */
  readonly lite?: boolean | undefined;
  /** Technique tasks on the data of each competition as well: all six unless `tasks` names some. */
  readonly technique_tasks?: boolean | undefined;
  /** Which technique tasks. */
  readonly tasks?: readonly TechniqueTaskName[] | undefined;
  /** false: the technique tasks alone. */
  readonly competitions?: boolean | undefined;
  /** Trials a task. */
  readonly n_seeds?: number | undefined;
  /** Trials at the same time. */
  readonly n_workers?: number | undefined;
  /** Anything else that a run can be told, as in a configuration file: `tasks` of any benchmark, `model`, limits. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

/** A line of the list of runs. */
export interface RunEntry {
  readonly run_id: string;
  readonly status: RunStatus;
  readonly agent_id: string;
  readonly model: string | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  /** How many are planned. */
  readonly trials: number;
  /** Why the run failed, and what to do. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface RunTotals {
  readonly total: number;
  readonly completed: number;
  readonly running: number;
  readonly resolved: number;
  readonly unresolved: number;
  readonly empty_patch: number;
  readonly infra_failure: number;
  readonly incomplete: number;
  readonly skipped: number;
  readonly not_applicable: number;
  readonly resolved_rate: number;
}

/** How far a run is, and how it goes. */
export interface RunProgress {
  /** Trials that end in a minute; null: none has ended yet. */
  readonly rate: number | null;
  /** null: the run does not go on, or hardly began. */
  readonly time_left_s: number | null;
  /** Too few trials ended to rely on it. */
  readonly time_left_is_rough: boolean;
  /** US dollars; null: no model was asked. */
  readonly cost: {
    readonly so_far: number;
    /** What the whole run will come to. */
    readonly projected: number | null;
    /** Some prices are not known: amounts are lower bounds. */
    readonly at_least: boolean;
  } | null;
  /** By cause, what broke first. `example`: the id of one such trial. */
  readonly failures: readonly {
    readonly status: string;
    readonly cause: string | null;
    readonly message: string | null;
    readonly count: number;
    readonly example: string;
  }[];
}

export interface Run extends RunEntry {
  /** null: the run was not started through a server. */
  readonly accepted_at: string | null;
  /** 0: it is the next one to begin; null: it is not queued. */
  readonly queue_position: number | null;
  readonly totals: RunTotals;
  readonly progress: RunProgress;
}

export interface TrialSummary {
  readonly trial_id: string;
  readonly task_id: string;
  readonly attempt: number;
  readonly phase: 'queued' | 'running' | 'ended' | 'skipped';
  readonly status: string | null;
  readonly duration_s: number | null;
  /** Of a competition or a technique task. */
  readonly score: number | null;
  readonly medal: 'gold' | 'silver' | 'bronze' | null;
  readonly detail: string | null;
}

export interface CompetitionReport {
  readonly competition_id: string;
  readonly score: number | null;
  /** As the metric gave it, not rounded. */
  readonly score_exact: number | null;
  readonly gold_threshold: number | null;
  readonly silver_threshold: number | null;
  readonly bronze_threshold: number | null;
  readonly median_threshold: number | null;
  readonly any_medal: boolean;
  readonly gold_medal: boolean;
  readonly silver_medal: boolean;
  readonly bronze_medal: boolean;
  readonly above_median: boolean;
  readonly submission_exists: boolean;
  readonly valid_submission: boolean;
  readonly is_lower_better: boolean | null;
  readonly created_at: string;
  readonly submission_path: string | null;
  /** Why a submission is not valid. */
  readonly message: string | null;
}

/** Medals and scores of all competitions of a run. */
export interface GradingReport {
  readonly total_runs: number;
  readonly total_runs_with_submissions: number;
  readonly total_valid_submissions: number;
  readonly total_medals: number;
  readonly total_gold_medals: number;
  readonly total_silver_medals: number;
  readonly total_bronze_medals: number;
  readonly total_above_median: number;
  readonly any_medal_rate: {
    readonly mean: number | null;
    readonly se: number | null;
    readonly seeds: number;
  };
  readonly by_competition: readonly {
    readonly competition_id: string;
    readonly n: number;
    readonly valid: number;
    readonly any_medal_rate: number;
    readonly score_mean: number | null;
    readonly score_se: number | null;
  }[];
  readonly competition_reports: readonly CompetitionReport[];
}

export interface TechniqueResult {
  readonly task: TechniqueTaskName;
  /** null: not applicable. */
  readonly score: number | null;
  readonly passed: boolean;
  readonly not_applicable: boolean;
  readonly message: string;
  readonly checks: readonly {
    readonly name: string;
    readonly weight: number;
    readonly score: number;
    readonly message: string;
  }[];
}

/** By competition, all of its technique tasks. */
export type TechniqueGrades = Readonly<
  Record<
    string,
    {
      readonly tasks: Readonly<Record<string, TechniqueResult>>;
      readonly summary: {
        readonly total: number;
        readonly passed: number;
        readonly pass_rate: number | null;
      };
    }
  >
>;

export interface RunSummary {
  readonly run_id: string;
  readonly status: RunStatus;
  readonly totals: RunTotals;
  /** null: the run has no competition that was graded. */
  readonly grading_report: GradingReport | null;
  /** null: the run has no technique task that was graded. */
  readonly technique_grades: TechniqueGrades | null;
  readonly trials: readonly TrialSummary[];
}

export interface Artifacts {
  readonly run_id: string;
  readonly files: readonly {
    /** Relative to the run folder. */
    readonly path: string;
    /** Where it is served. */
    readonly url: string;
    readonly bytes: number;
    readonly modified_at: string;
  }[];
  readonly truncated: boolean;
}

export interface Competition {
  readonly id: string;
  readonly name: string;
  readonly data_kind: string;
  /** null: a grader of its own. */
  readonly metric: string | null;
  readonly awards_medals: boolean;
  readonly splits: readonly string[];
  /** It can be prepared and graded; otherwise it is described only. */
  readonly complete: boolean;
  /** Its data is there. */
  readonly prepared: boolean;
}

export interface TechniqueTask {
  readonly name: TechniqueTaskName;
  readonly title: string;
  readonly description: string;
  /** Files that the agent hands in. */
  readonly artifacts: readonly string[];
}

export interface Health {
  readonly status: 'ok';
  readonly version: string;
}

/** An event of a run. What else it holds depends on its type. */
export interface RunEvent {
  readonly v: 1;
  readonly seq: number;
  readonly time: string;
  readonly type: string;
  /** Absent in events of the run itself. */
  readonly trial?: string;
  readonly [key: string]: unknown;
}

/** An event with its place, from which `events` can go on. */
export interface PlacedEvent {
  readonly id: string;
  readonly event: RunEvent;
}
