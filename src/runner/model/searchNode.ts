import * as z from 'zod';

/** How a node of a search over solutions came to be. */
export const nodeStageSchema = z.enum(['draft', 'debug', 'improve']);
export type NodeStage = z.infer<typeof nodeStageSchema>;

const nodeShape = {
  /** Counts from 0 within its trial. */
  node: z.int().nonnegative(),
  /** null: a draft. */
  parent: z.int().nonnegative().nullable(),
  stage: nodeStageSchema,
  /** What its validation came to, as its reviewer read it; null: nothing that counts. */
  metric: z.number().nullable(),
  lower_is_better: z.boolean().nullable(),
  buggy: z.boolean(),
  /** The best so far when it was made: what would be handed in then. */
  best: z.boolean(),
};

/** One node of a search over whole solutions: a program, what it printed, and what that is worth. A step of a trajectory. */
export const nodeStepSchema = z.object({
  kind: z.literal('node'),
  ...nodeShape,
  plan: z.string(),
  code: z.string(),
  /** What it printed, cut in the middle when long. */
  term_out: z.string(),
  exec_time: z.number().nonnegative(),
  /** `ValueError`, `TimeoutError`, …; null: it ran to its end. */
  exc_type: z.string().nullable(),
  /** The reviewer's words. */
  analysis: z.string(),
});
export type NodeStep = z.infer<typeof nodeStepSchema>;

/** What the event of a node says of it: enough to draw the tree without reading the programs. */
export const nodeFactsSchema = z.object({
  ...nodeShape,
  exec_time: z.number().nonnegative(),
  exc_type: z.string().nullable(),
});
export type NodeFacts = z.infer<typeof nodeFactsSchema>;

export function nodeFacts(step: NodeStep): NodeFacts {
  return nodeFactsSchema.parse(step);
}
