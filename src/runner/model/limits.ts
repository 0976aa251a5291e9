import * as z from 'zod';

const seconds = z.number().positive().max(86_400);

/**
 * Time limits of a trial's sandbox stages, in seconds. Each stage gets the smaller of its own limit and what is left of
 * `total`; the agent's own time is not a sandbox stage and has its own budget.
 */
export const stageLimitsSchema = z.strictObject({
  clone: seconds.default(5),
  install: seconds.default(20),
  apply: seconds.default(2),
  test: seconds.default(5),
  total: seconds.default(30),
  /** The agent's own time; not part of `total`. */
  agent: seconds.default(600),
});
export type StageLimits = z.infer<typeof stageLimitsSchema>;

/** The limits that somebody set; the others come from the next level (run over task over default). */
export const partialStageLimitsSchema = z.strictObject({
  clone: seconds.optional(),
  install: seconds.optional(),
  apply: seconds.optional(),
  test: seconds.optional(),
  total: seconds.optional(),
  agent: seconds.optional(),
});
export type PartialStageLimits = z.infer<typeof partialStageLimitsSchema>;

/**
 * Merges limits, later ones winning. When a single stage was given more time than `total` and nobody set `total`, the
 * total grows with it: a limit that somebody asked for must not be cut by a default.
 */
export function resolveStageLimits(
  ...levels: readonly (PartialStageLimits | undefined)[]
): StageLimits {
  const asked: Record<string, number> = {};
  for (const level of levels) {
    for (const [stage, limit] of Object.entries<number | undefined>(level ?? {})) {
      if (limit !== undefined) asked[stage] = limit;
    }
  }
  const limits = stageLimitsSchema.parse(asked);
  if (asked['total'] !== undefined) return limits;
  const usual = stageLimitsSchema.parse({});
  const grown = (stage: 'clone' | 'install' | 'apply' | 'test'): number =>
    Math.max(0, limits[stage] - usual[stage]);
  // Tests run twice: before and after the patch.
  const extra = grown('clone') + grown('install') + grown('apply') + 2 * grown('test');
  return { ...limits, total: limits.total + extra };
}

/** Guardrails of a patch: what is larger or stranger is rejected before it is applied. */
export const patchLimitsSchema = z.strictObject({
  max_bytes: z
    .int()
    .positive()
    .default(256 * 1024),
  max_files: z.int().positive().default(50),
  max_hunks: z.int().positive().default(500),
});
export type PatchLimits = z.infer<typeof patchLimitsSchema>;
