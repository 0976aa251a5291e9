import * as z from 'zod';

/**
 * Knobs of the agent `aide`, a tree search over whole solutions, with the defaults that MLE-bench runs it with. The agent
 * `aide/dev` is the same with few steps.
 */
export const aideConfigSchema = z.strictObject({
  steps: z.int().min(1).max(10_000).optional().describe('Nodes. Default: 500; aide/dev: 8'),
  drafts: z.int().min(1).max(100).default(5).describe('First solutions, before any is improved'),
  debug_depth: z
    .int()
    .min(0)
    .max(100)
    .default(20)
    .describe('A broken solution is mended at most so often in a row'),
  debug_probability: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('How often a broken solution is mended instead of a good one improved'),
  exec_timeout: z
    .number()
    .positive()
    .max(86_400)
    .default(32_400)
    .describe('Seconds that a solution may run'),
  code_temperature: z.number().min(0).max(2).default(0.5),
  review_temperature: z.number().min(0).max(2).default(0.5),
});
export type AideConfig = z.infer<typeof aideConfigSchema>;

/** The agents that are this search. */
export type AideVariant = 'aide' | 'aide/dev';

const usualSteps: Readonly<Record<AideVariant, number>> = { aide: 500, 'aide/dev': 8 };

/** Nodes that a search makes. */
export function aideSteps(agent: AideVariant, { steps }: AideConfig): number {
  return steps ?? usualSteps[agent];
}
