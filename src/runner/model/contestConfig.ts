import * as z from 'zod';
import { testKindSchema } from './contestTask';

/** How two outputs are compared. */
export const comparisonSchema = z.enum(['deepmind', 'exact', 'alphacodium']);
export type Comparison = z.infer<typeof comparisonSchema>;

/** How the programs of contest tasks are judged, and where candidates come from. */
export const contestConfigSchema = z.strictObject({
  tests: z
    .array(testKindSchema)
    .min(1)
    .default(['private_tests', 'generated_tests'])
    .describe('Which tests decide'),
  comparison: comparisonSchema
    .default('deepmind')
    .describe('How an output is compared with the expected one'),
  checker: z
    .string()
    .optional()
    .describe('Program that decides instead, for problems with several right answers'),
  time_limit: z
    .number()
    .positive()
    .max(3600)
    .optional()
    .describe("CPU seconds for one test. Default: the problem's own limit, else 10"),
  wall_factor: z
    .number()
    .min(1)
    .max(100)
    .default(5)
    .describe('A test may take this many times its CPU limit in real time'),
  memory_limit: z
    .int()
    .positive()
    .optional()
    .describe("Bytes of memory for one test. Default: the problem's own limit"),
  stop_on_first_failure: z
    .boolean()
    .default(false)
    .describe("Leave out a candidate's tests after the first one that it fails"),
  candidates: z
    .string()
    .optional()
    .describe('File of candidate programs (JSON lines of task_name and solution_candidates)'),
  k_values: z
    .array(z.int().positive().max(1_000_000))
    .min(1)
    .default([1, 10, 100])
    .describe('The k of pass@k'),
  submissions: z
    .int()
    .positive()
    .optional()
    .describe(
      'The n of n@k: how many of k candidates are handed in after filtering by the public tests',
    ),
  references: z
    .enum(['ignore', 'list', 'exclude'])
    .default('ignore')
    .describe(
      'Judge the solutions of the problems as well: list those whose solutions fail, or leave them out of the numbers',
    ),
  name_column: z
    .string()
    .optional()
    .describe('Column with the name of a problem. Default: name, task_name, task_id'),
  solutions: z
    .string()
    .optional()
    .describe(
      "Solution database in AlphaCodium's format that every trial is written to; what it has is not made again",
    ),
  candidates_column: z
    .string()
    .optional()
    .describe('Column of the dataset that holds candidates: solutions.solution'),
});
export type ContestConfig = z.infer<typeof contestConfigSchema>;
