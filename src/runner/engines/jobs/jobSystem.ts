import type { JobSubmission, TrialPlan } from '../../model';
import type { EngineEnd, Needs } from '../engine';

/** A trial's job as its cluster tells it. */
export interface TrialJob {
  /** The trial's index in the plan of its run. */
  readonly index: number;
  /** As a person finds it with the cluster's own programs: `12_3`. */
  readonly id: string;
  /** Of two jobs of one trial the later one has the greater. */
  readonly order: number;
  readonly phase: 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled';
  /** What somebody has to look at while it waits, since it may never begin; null: nothing. */
  readonly hindrance: string | null;
}

/** Trials that are submitted together: what they ask for is the same. */
export interface JobGroup {
  readonly needs: Needs;
  /** What is taken from a trial's index where a cluster's own numbers are limited. */
  readonly offset: number;
  readonly trials: readonly TrialPlan[];
}

/**
 * A cluster that keeps the state of jobs, as `JobRun` uses it for one run. All calls may fail with `engine-unavailable`: a
 * cluster that does not answer is asked again, and its jobs run on.
 */
export interface JobSystem<J extends TrialJob> {
  /** As its users call it. */
  readonly name: string;
  /** Called once, before all others. `trials`: what may be submitted. */
  open(trials: readonly TrialPlan[]): Promise<void>;
  /** The jobs of the run, by whatever process submitted: those that wait or run, and those that ended lately. */
  jobs(): Promise<readonly J[]>;
  /** What became of jobs that `jobs` tells no longer, of each. */
  forgotten(jobs: readonly J[]): Promise<readonly J[]>;
  groupsOf(asked: readonly (readonly [trial: TrialPlan, needs: Needs])[]): readonly JobGroup[];
  /** Submits trials. `after`: the job whose submission has to end first, so that no more run than may. */
  submit(
    group: JobGroup,
    options: { readonly after: J | null },
  ): Promise<{ readonly submission: JobSubmission; readonly jobs: readonly J[] }>;
  /** Cancels these jobs; those that have ended stay as they are. */
  cancel(jobs: readonly J[]): Promise<void>;
  /** Cancels all that the run has there, of which these are alive. */
  cancelAll(living: readonly J[]): Promise<void>;
  /** Why the trial of a job that is over has no result. */
  endOf(job: J): Promise<EngineEnd>;
  /** Called once, after all others: what the run leaves there is removed. */
  close?(): Promise<void>;
}

export function isOver({ phase }: Pick<TrialJob, 'phase'>): boolean {
  return phase !== 'waiting' && phase !== 'running';
}

/** Of several jobs of one trial the one that lives, else the latest; by index. */
export function latestOf<J extends TrialJob>(jobs: readonly J[]): ReadonlyMap<number, J> {
  const latest = new Map<number, J>();
  for (const job of jobs) {
    const known = latest.get(job.index);
    const better =
      known === undefined || (isOver(known) && (!isOver(job) || job.order > known.order));
    if (better) latest.set(job.index, job);
  }
  return latest;
}
