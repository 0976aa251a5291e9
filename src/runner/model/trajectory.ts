import * as z from 'zod';
import { toolCallSchema } from './chat';
import { flowPlaceSchema, outcomeFactsSchema, outcomeStepSchema } from './flow';
import { nodeFactsSchema, nodeStepSchema } from './searchNode';
import { usageSchema } from './usage';

/** How an agent's episode ended; stands in result.json as `exit_status`. */
export const exitStatusSchema = z.enum([
  'submitted', // it said so
  'tests_passed', // its tests passed, which ends the episode where that was asked for
  'max_turns',
  'max_tokens',
  'max_cost',
  'time',
  'no_progress', // the same action again and again
  'format_error', // answers that cannot be used, again and again
  'refused', // the model would not
  'context_overflow', // the conversation no longer fits, even shortened
  'model_error', // the model could not be reached or failed, retries included
  'command_failed', // the agent's own program ended with an error
  'cancelled',
]);
export type ExitStatus = z.infer<typeof exitStatusSchema>;

const seconds = z.number().nonnegative();

/**
 * What happened at one step, as trajectory.jsonl keeps it. Texts of tools are as the model read them (cut in the
 * middle when long); `output_file` names the file beside it that has all of it.
 */
export const stepBodySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('message'),
    role: z.enum(['system', 'user']),
    content: z.string(),
  }),
  z.object({
    kind: z.literal('model'),
    model: z.string(),
    text: z.string(),
    reasoning: z.string().nullable(),
    tool_calls: z.array(toolCallSchema),
    /** How the answer ended; anything but `answer` has its reason in `detail`. */
    end: z.enum(['answer', 'truncated', 'refused', 'context_overflow', 'over_budget', 'failed']),
    detail: z.string().nullable(),
    usage: usageSchema,
    duration_s: seconds,
    /** Answered from the cache: costs nothing. */
    cached: z.boolean(),
    /** Requests that were made for it, retries included. */
    attempts: z.int().nonnegative(),
  }),
  z.object({
    kind: z.literal('tool'),
    call_id: z.string(),
    tool: z.string(),
    /** As parsed; what cannot be parsed stays a text. */
    arguments: z.unknown(),
    ok: z.boolean(),
    output: z.string(),
    output_bytes: z.int().nonnegative(),
    output_file: z.string().nullable(),
    duration_s: seconds,
  }),
  z.object({
    kind: z.literal('handover'),
    from: z.string(),
    to: z.string(),
    content: z.string(),
  }),
  outcomeStepSchema,
  nodeStepSchema,
  /** What was handed in, where the agent does it by itself (gold, empty, patch). */
  z.object({ kind: z.literal('submission'), content: z.string() }),
  z.object({
    kind: z.literal('end'),
    exit_status: exitStatusSchema,
    detail: z.string().nullable(),
    /** Of model calls that were cut off, which no other step tells. */
    usage: usageSchema.nullable().optional(),
  }),
]);
export type StepBody = z.infer<typeof stepBodySchema>;
export type StepKind = StepBody['kind'];

/** Steps of an agent that works stage by stage say where they belong; others and those of earlier versions do not. */
const flowShape = { flow: flowPlaceSchema.optional() };

const treeShape = {
  /**
   * Object id of the commit in the trial's `trees.git` that holds the working tree after this step; null where the step
   * cannot have changed a file, or changed none.
   */
  tree: z.string().nullable(),
};

/** A line of trajectory.jsonl. `agent` is the speaker's role where an agent has several (`planner`), else null. */
export const trajectoryStepSchema = z
  .object({
    v: z.literal(1),
    step: z.int().positive(),
    time: z.iso.datetime(),
    agent: z.string().nullable(),
    ...treeShape,
    ...flowShape,
  })
  .and(stepBodySchema);
export type TrajectoryStep = z.infer<typeof trajectoryStepSchema>;

/**
 * What the event `agent.step` says of a step: enough to list, filter and count it, and where its line is in
 * trajectory.jsonl, so that a trajectory of any size is opened without reading it.
 */
export const stepSummaryShape = {
  step: z.int().positive(),
  kind: z.enum(['message', 'model', 'tool', 'handover', 'outcome', 'node', 'submission', 'end']),
  /** One line for people. */
  summary: z.string(),
  agent: z.string().nullable(),
  ...treeShape,
  ...flowShape,
  /** Of a stage's outcome. */
  outcome: outcomeFactsSchema.optional(),
  /** Of a node of a search. */
  node: nodeFactsSchema.optional(),
  /** Of a tool call. */
  tool: z.string().nullable(),
  /** false: a tool call that failed, a model's answer that could not be used. */
  ok: z.boolean(),
  duration_s: seconds,
  /** Of a model call. */
  usage: usageSchema.nullable(),
  /** Byte offset and length of its line in trajectory.jsonl, the line's end not counted. */
  offset: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
};
export const stepSummarySchema = z.object({ ...stepSummaryShape, time: z.iso.datetime() });
export type StepSummary = z.infer<typeof stepSummarySchema>;
