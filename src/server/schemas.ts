import * as z from 'zod';
import {
  gradingReportSchema,
  metricIdSchema,
  dataKindSchema,
  techniqueGradesSchema,
  techniqueIdSchema,
  trialStatusSchema,
} from '../runner/model';

/** What goes over the wire. The keys are the Redux's where it has them. */

export const runStatusSchema = z
  .enum(['queued', 'running', 'completed', 'failed', 'cancelled'])
  .meta({ id: 'RunStatus' });
export type RunStatus = z.infer<typeof runStatusSchema>;

const time = z.iso.datetime();

/** The body of `POST /runs`. */
export const runRequestSchema = z
  .strictObject({
    agent_id: z.string().optional().describe('Agent, such as dummy, runner or aide/dev'),
    competition_set: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe('Competitions: their ids, the name of a list (dev), or a file with an id a line'),
    lite: z.boolean().optional().describe('Only those of the lite list; without a set, all of it'),
    technique_tasks: z
      .boolean()
      .optional()
      .describe(
        'Technique tasks on the data of each competition as well: all six unless `tasks` names some',
      ),
    tasks: z.array(techniqueIdSchema).optional().describe('Which technique tasks'),
    competitions: z.boolean().optional().describe('false: the technique tasks alone'),
    n_seeds: z.int().min(1).max(1000).optional().describe('Trials a task'),
    n_workers: z.int().min(1).max(1024).optional().describe('Trials at the same time'),
    config: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        'Anything else that a run can be told, as in a configuration file: `tasks` of any benchmark, `model`, limits',
      )
      .meta({ allOf: [{ $ref: '#/components/schemas/RunConfig' }] }),
  })
  .meta({ id: 'RunRequest' });
export type RunRequest = z.infer<typeof runRequestSchema>;

export const runCreatedSchema = z
  .object({ run_id: z.string(), status: runStatusSchema })
  .meta({ id: 'RunCreated' });

const runEntryShape = {
  run_id: z.string(),
  status: runStatusSchema,
  agent_id: z.string(),
  model: z.string().nullable(),
  created_at: time,
  started_at: time.nullable(),
  ended_at: time.nullable(),
  trials: z.int().describe('How many are planned'),
  error: z
    .object({ code: z.string(), message: z.string() })
    .nullable()
    .describe('Why the run failed, and what to do'),
};

/** A line of the list of runs. */
export const runEntrySchema = z.object(runEntryShape).meta({ id: 'RunEntry' });
export type RunEntry = z.infer<typeof runEntrySchema>;

export const runListSchema = z
  .object({
    runs: z.array(runEntrySchema).describe('The newest first'),
    next: z.string().nullable().describe('`before` of the next page; null: this is the last one'),
  })
  .meta({ id: 'RunList' });

export const runTotalsSchema = z
  .object({
    total: z.int(),
    completed: z.int(),
    running: z.int(),
    resolved: z.int(),
    unresolved: z.int(),
    empty_patch: z.int(),
    infra_failure: z.int(),
    incomplete: z.int(),
    skipped: z.int(),
    not_applicable: z.int(),
    resolved_rate: z.number(),
  })
  .meta({ id: 'RunTotals' });

export const runProgressSchema = z
  .object({
    rate: z.number().nullable().describe('Trials that end in a minute; null: none has ended yet'),
    time_left_s: z.number().nullable().describe('null: the run does not go on, or hardly began'),
    time_left_is_rough: z.boolean().describe('Too few trials ended to rely on it'),
    cost: z
      .object({
        so_far: z.number(),
        projected: z.number().nullable().describe('What the whole run will come to'),
        at_least: z.boolean().describe('Some prices are not known: amounts are lower bounds'),
      })
      .nullable()
      .describe('US dollars; null: no model was asked'),
    failures: z
      .array(
        z.object({
          status: z.string(),
          cause: z.string().nullable(),
          message: z.string().nullable(),
          count: z.int(),
          example: z.string().describe('The id of one such trial'),
        }),
      )
      .describe('By cause, what broke first'),
  })
  .meta({ id: 'RunProgress' });

export const runSchema = z
  .object({
    ...runEntryShape,
    accepted_at: time.nullable().describe('null: the run was not started through a server'),
    queue_position: z
      .int()
      .nullable()
      .describe('0: it is the next one to begin; null: it is not queued'),
    totals: runTotalsSchema,
    progress: runProgressSchema,
  })
  .meta({ id: 'Run' });
export type RunView = z.infer<typeof runSchema>;

export const trialSummarySchema = z
  .object({
    trial_id: z.string(),
    task_id: z.string(),
    attempt: z.int(),
    phase: z.enum(['queued', 'running', 'ended', 'skipped']),
    status: trialStatusSchema.nullable(),
    duration_s: z.number().nullable(),
    score: z.number().nullable().describe('Of a competition or a technique task'),
    medal: z.enum(['gold', 'silver', 'bronze']).nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'TrialSummary' });
export type TrialSummary = z.infer<typeof trialSummarySchema>;

export const runSummarySchema = z
  .object({
    run_id: z.string(),
    status: runStatusSchema,
    totals: runTotalsSchema,
    grading_report: gradingReportSchema
      .nullable()
      .describe('Medals and scores of the competitions so far; null: the run has none'),
    technique_grades: techniqueGradesSchema
      .nullable()
      .describe('By competition, its technique tasks so far; null: the run has none'),
    trials: z.array(trialSummarySchema),
  })
  .meta({ id: 'RunSummary' });
export type RunSummary = z.infer<typeof runSummarySchema>;

export const artifactsSchema = z
  .object({
    run_id: z.string(),
    files: z.array(
      z.object({
        path: z.string().describe('Relative to the run folder'),
        url: z.string().describe('Where it is served'),
        bytes: z.int(),
        modified_at: time,
      }),
    ),
    truncated: z.boolean().describe('There are more files than are listed'),
  })
  .meta({ id: 'Artifacts' });
export type Artifacts = z.infer<typeof artifactsSchema>;

export const competitionEntrySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    data_kind: dataKindSchema,
    metric: metricIdSchema.nullable().describe('null: a grader of its own'),
    awards_medals: z.boolean(),
    splits: z.array(z.string()).describe('Lists that it is in, such as lite and dev'),
    complete: z.boolean().describe('It can be prepared and graded; otherwise it is described only'),
    prepared: z.boolean().describe('Its data is there'),
  })
  .meta({ id: 'Competition' });
export type CompetitionEntry = z.infer<typeof competitionEntrySchema>;

export const competitionListSchema = z
  .object({ competitions: z.array(competitionEntrySchema) })
  .meta({ id: 'CompetitionList' });

export const techniqueTaskListSchema = z
  .object({
    technique_tasks: z.array(
      z.object({
        name: techniqueIdSchema,
        title: z.string(),
        description: z.string(),
        artifacts: z.array(z.string()).describe('Files that the agent hands in'),
      }),
    ),
  })
  .meta({ id: 'TechniqueTaskList' });

export const healthSchema = z
  .object({ status: z.literal('ok'), version: z.string() })
  .meta({ id: 'Health' });

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('What programs match on'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;
