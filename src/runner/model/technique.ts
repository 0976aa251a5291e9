import * as z from 'zod';

/** The technique tasks of MLE-bench's Redux. */
export const techniqueIdSchema = z.enum([
  'imbalance',
  'missing',
  'encoding',
  'cv',
  'scaling',
  'leakage',
]);
export type TechniqueId = z.infer<typeof techniqueIdSchema>;
export const techniqueIds = techniqueIdSchema.options;

/** A score of at least this passes. */
export const techniquePassMark = 0.7;

export const techniqueCheckSchema = z.object({
  name: z.string(),
  /** Share of the score. The weights of a task add up to 1. */
  weight: z.number().min(0).max(1),
  score: z.number().min(0).max(1),
  message: z.string(),
});
export type TechniqueCheck = z.infer<typeof techniqueCheckSchema>;

/** What `technique.py grade` prints, and what a trial's result keeps. */
export const techniqueResultSchema = z.object({
  task: techniqueIdSchema,
  /** null: not applicable. */
  score: z.number().min(0).max(1).nullable(),
  passed: z.boolean(),
  not_applicable: z.boolean(),
  /** One line for people. */
  message: z.string(),
  checks: z.array(techniqueCheckSchema),
});
export type TechniqueResult = z.infer<typeof techniqueResultSchema>;

/** What `technique.py prepare` prints. */
export const techniquePreparationSchema = z.object({
  task: techniqueIdSchema,
  applicable: z.boolean(),
  /** Why it is not. */
  reason: z.string().nullable(),
});

/** technique_grades.json: by competition, all of its technique tasks. */
export const techniqueGradesSchema = z.record(
  z.string(),
  z.object({
    tasks: z.record(z.string(), techniqueResultSchema),
    summary: z.object({
      /** Without those that are not applicable. */
      total: z.int(),
      passed: z.int(),
      /** null: nothing was applicable. */
      pass_rate: z.number().nullable(),
    }),
  }),
);
export type TechniqueGrades = z.infer<typeof techniqueGradesSchema>;
