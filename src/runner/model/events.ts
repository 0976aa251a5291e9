import * as z from 'zod';
import { budgetLimitsSchema } from './budget';
import { stageResultSchema, trialResultSchema } from './result';
import { runConfigSchema } from './runConfig';
import { benchmarkIdSchema, taskSourceSchema } from './task';
import { stepSummaryShape } from './trajectory';

/** What a run needs to know of one trial before it starts, and what a list shows of it. */
export const trialPlanSchema = z.object({
  /** `<task id made safe for a folder name>_<attempt>`: the trial's id and its folder. */
  trial_id: z.string(),
  index: z.int().nonnegative(),
  attempt: z.int().nonnegative(),
  task_id: z.string(),
  benchmark: benchmarkIdSchema,
  group: z.string(),
  repo: z.string().nullable(),
  ref: z.string().nullable(),
  /** What reports sum up by; runs of earlier versions do not have them. */
  dataset: z.string().optional(),
  version: z.string().nullable().optional(),
  difficulty: z.string().nullable().optional(),
  source: taskSourceSchema,
});
export type TrialPlan = z.infer<typeof trialPlanSchema>;

/** run.json: what was asked. Its tasks stand in `tasks.jsonl` beside it, whole, so that a run folder stands alone. */
export const runPlanSchema = z.object({
  schema_version: z.literal(1),
  run_id: z.string(),
  created_at: z.iso.datetime(),
  agent: z.string(),
  model: z.string().nullable(),
  sandbox: z.enum(['docker', 'bubblewrap']),
  concurrency: z.int().positive(),
  config: runConfigSchema,
  trials: z.array(trialPlanSchema),
});
export type RunPlan = z.infer<typeof runPlanSchema>;

const jobSubmissionShape = {
  /** The engine's id of the jobs. */
  job: z.string(),
  /** Their numbers in it, as in `0-9,12`: a trial's is its index less `offset`. */
  indexes: z.string(),
  offset: z.int().nonnegative(),
};
export const jobSubmissionSchema = z.object(jobSubmissionShape);
/** A number of trials that a cluster was given at once. */
export type JobSubmission = z.infer<typeof jobSubmissionSchema>;

const common = {
  v: z.literal(1),
  /** Counts from 0 within its file: the run's own, or one trial's. State folds by (trial, seq). */
  seq: z.int().nonnegative(),
  time: z.iso.datetime(),
};
const ofTrial = { ...common, trial: z.string() };

/**
 * The one stream that every face consumes. Events without `trial` are the run's own (events.jsonl of the run folder),
 * the others a trial's (events.jsonl of its folder).
 */
export const runEventSchema = z.discriminatedUnion('type', [
  z.object({ ...common, type: z.literal('run.started'), plan: runPlanSchema }),
  z.object({
    ...common,
    type: z.literal('run.resumed'),
    pid: z.int(),
    /** What the run may spend from now on, where that was changed. */
    budget: budgetLimitsSchema.optional(),
    /** How many trials may run at the same time from now on. */
    concurrency: z.int().positive().optional(),
    /** Only these trials are run, again; otherwise those that came to no end. */
    retry: z.literal('infra').optional(),
  }),
  z.object({
    ...common,
    type: z.literal('run.note'),
    level: z.enum(['info', 'warning']),
    text: z.string(),
  }),
  /** Trials were given to a cluster, which has them from now on, whatever becomes of the process that says so. */
  z.object({ ...common, type: z.literal('run.submitted'), ...jobSubmissionShape }),
  z.object({
    ...common,
    type: z.literal('run.ended'),
    /** `interrupted`: stopped before every trial ended; resume goes on from there. */
    end: z.enum(['finished', 'cancelled', 'interrupted']),
    cause: z.string().optional(),
  }),
  z.object({
    ...ofTrial,
    type: z.literal('trial.started'),
    /** The machine that works on it, and the log of its worker, relative to the run folder: of an engine that has several. */
    node: z.string().optional(),
    log: z.string().optional(),
  }),
  /** It waits (again): its worker was stopped, or it is to be run once more. What it came to before does not count. */
  z.object({ ...ofTrial, type: z.literal('trial.queued') }),
  z.object({ ...ofTrial, type: z.literal('trial.note'), text: z.string() }),
  z.object({
    ...ofTrial,
    type: z.literal('stage.started'),
    stage: z.string(),
    limit_s: z.number().nullable(),
  }),
  z.object({ ...ofTrial, type: z.literal('stage.ended'), result: stageResultSchema }),
  z.object({
    ...ofTrial,
    type: z.literal('agent.step'),
    ...stepSummaryShape,
  }),
  z.object({
    ...ofTrial,
    type: z.literal('sandbox.kept'),
    sandbox: z.string(),
    command: z.array(z.string()),
  }),
  z.object({ ...ofTrial, type: z.literal('trial.ended'), result: trialResultSchema }),
  /**
   * It is not run, and not missed: its task is `solved` by an earlier attempt (`stop_when_solved`), or it was made and
   * `recorded` before this run. `by`: which one, for people.
   */
  z.object({
    ...ofTrial,
    type: z.literal('trial.skipped'),
    reason: z.enum(['solved', 'recorded']),
    by: z.string(),
  }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;
export type RunEventType = RunEvent['type'];
export type TrialEvent = Extract<RunEvent, { trial: string }>;
export type RunOwnEvent = Exclude<RunEvent, TrialEvent>;

type WithoutEnvelope<E> = E extends RunEvent ? Omit<E, 'v' | 'seq' | 'time' | 'trial'> : never;
/** An event as its author says it; the store adds version, number, time and trial. */
export type TrialEventBody = WithoutEnvelope<TrialEvent>;
export type RunEventBody = WithoutEnvelope<RunOwnEvent>;

/**
 * Output as it happens, for whoever watches. It is not state: what was printed stands in the trial's log files
 * (`clone.txt`, `install.txt`, `before.txt`, `after.txt`, …), so it is sent beside the events and never folded.
 */
export interface OutputChunk {
  readonly trial: string;
  readonly stage: string;
  readonly text: string;
}
