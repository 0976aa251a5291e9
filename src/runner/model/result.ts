import * as z from 'zod';
import { agentStatsSchema } from './agentStats';
import { competitionResultSchema } from './competitionReport';
import { contestResultSchema } from './contestVerdict';
import { techniqueResultSchema } from './technique';
import { testCaseSchema, testSummarySchema } from './testReport';
import { usageSchema } from './usage';

/** How a trial ended. The meaning of each and how it counts: ARCHITECTURE.md, "Statuses". */
export const trialStatusSchema = z.enum([
  'passed',
  'failed',
  'no_tests',
  'error',
  'timeout',
  'patch_rejected',
  'empty_patch',
  'suspicious',
  'infra_failure',
  'cancelled',
  'not_applicable',
]);
export type TrialStatus = z.infer<typeof trialStatusSchema>;

/** How one stage came to its end. */
export const stageCauseSchema = z.enum([
  'done', // its command exited, with whatever code
  'snapshot', // skipped: a kept environment already contains it
  'timeout',
  'oom',
  'crash', // died by a signal
  'output_limit',
  'failed', // could not do its work (a repository that does not exist, an image without git)
  'cancelled',
]);
export type StageCause = z.infer<typeof stageCauseSchema>;

export const stageResultSchema = z.object({
  stage: z.string(),
  cause: stageCauseSchema,
  exit_code: z.int().nullable(),
  duration_s: z.number().nonnegative(),
  /** One line for people: why it failed. */
  detail: z.string().optional(),
});
export type StageResult = z.infer<typeof stageResultSchema>;

/** FAIL_TO_PASS and PASS_TO_PASS with what became of each test, spelled as SWE-bench's report spells it. */
export const verdictSchema = z.object({
  resolution: z.enum(['resolved', 'partial', 'unresolved']),
  FAIL_TO_PASS: z.object({ success: z.array(z.string()), failure: z.array(z.string()) }).nullable(),
  PASS_TO_PASS: z.object({ success: z.array(z.string()), failure: z.array(z.string()) }).nullable(),
});
export type Verdict = z.infer<typeof verdictSchema>;

export const patchStatsSchema = z.object({
  bytes: z.int(),
  files: z.int(),
  hunks: z.int(),
  added: z.int(),
  removed: z.int(),
});
export type PatchStats = z.infer<typeof patchStatsSchema>;

/**
 * result.json, and a line of results.jsonl. The first seven keys stand first and in this order (zod keeps the order of
 * its shape). Only duration_s, the stages' durations and pytest's own time in `tail` may vary between two equal trials.
 */
export const trialResultSchema = z.object({
  task_id: z.string(),
  repo: z.string().nullable(),
  ref: z.string().nullable(),
  pytest_k: z.string().nullable(),
  status: trialStatusSchema,
  duration_s: z.number().nonnegative(),
  /** The last 20 lines of the test output, at most 4 KiB. */
  tail: z.string().nullable(),
  attempt: z.int().nonnegative(),
  agent: z.string(),
  model: z.string().nullable(),
  /** How the agent's episode ended (`submitted`, `max_turns`, …); null when it never began. */
  exit_status: z.string().nullable(),
  cause: z.string().nullable(),
  before: testSummarySchema.nullable(),
  after: testSummarySchema.nullable(),
  verdict: verdictSchema.nullable(),
  stages: z.array(stageResultSchema),
  usage: usageSchema.nullable(),
  /** What the agent did, counted; null when it never began. */
  agent_stats: agentStatsSchema.nullable().default(null),
  patch_stats: patchStatsSchema.nullable(),
  /** One line for people about the cause. */
  detail: z.string().nullable(),
  /** The image that was really used, by the name that it was had under; null when none was reached. */
  image: z.object({ name: z.string(), digest: z.string() }).nullable().default(null),
  /** Candidates and what became of them; contest tasks only. */
  contest: contestResultSchema.optional(),
  /** The score and what it is worth; competitions only. */
  competition: competitionResultSchema.optional(),
  /** The checks and what they came to; technique tasks only. */
  technique: techniqueResultSchema.optional(),
});
export type TrialResult = z.infer<typeof trialResultSchema>;

/** Kept beside result.json as `tests.json`: every test of the run before and after, for Test Results. */
export const trialTestsSchema = z.object({
  before: z.array(testCaseSchema).nullable(),
  after: z.array(testCaseSchema).nullable(),
});
export type TrialTests = z.infer<typeof trialTestsSchema>;

/** What tells the trials of one run apart where their ids are not known: results do not have them. */
export function attemptKey({
  task_id: task,
  attempt,
}: Pick<TrialResult, 'task_id' | 'attempt'>): string {
  return JSON.stringify([task, attempt]);
}
