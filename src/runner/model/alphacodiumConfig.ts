import * as z from 'zod';
import { contestLanguageSchema } from './contestTask';

const temperature = (usual: number): z.ZodDefault<z.ZodNumber> =>
  z.number().min(0).max(2).default(usual);
const count = (usual: number): z.ZodDefault<z.ZodInt> => z.int().min(0).max(100).default(usual);

/**
 * Every knob of the AlphaCodium flow, with the defaults that were published for it. Attempts of a task (its
 * "iterations") are the run's `attempts`; answers that were recorded are used again with the run's `cache`.
 */
export const alphacodiumConfigSchema = z.strictObject({
  use_baseline: z
    .boolean()
    .default(false)
    .describe('Ask once with one plain prompt instead of going through the flow'),
  language: contestLanguageSchema
    .exclude(['UNKNOWN_LANGUAGE', 'PYTHON'])
    .default('PYTHON3')
    .describe('Language of the program'),
  answer_retries: count(3).describe('A stage whose answer cannot be read is asked again so often'),
  reflect: z
    .strictObject({ temperature: temperature(0.2) })
    .prefault({})
    .describe('Stage 1: self-reflection on the problem and its tests'),
  solutions: z
    .strictObject({
      count: z.int().min(1).max(100).default(3).describe('Most solutions'),
      drop_brute_force: z
        .boolean()
        .default(true)
        .describe('Leave out the first whose name says that it is brute force'),
      temperature: temperature(0.3),
    })
    .prefault({})
    .describe('Stage 2: possible solutions'),
  choose: z
    .strictObject({ temperature: temperature(0.2) })
    .prefault({})
    .describe('Stage 3: the choice of the best of them'),
  ai_tests: z
    .strictObject({
      count: count(6).describe('Tests that the model makes; 0 leaves the stage out'),
      public_tests_at_both_ends: z
        .boolean()
        .default(true)
        .describe('Run the public tests before and after them'),
      temperature: temperature(0.2),
    })
    .prefault({})
    .describe('Stage 4: tests of its own'),
  initial_code: z
    .strictObject({
      retries: count(8).describe('Further tries after the first program, until one passes'),
      rotate_from: z
        .int()
        .min(1)
        .default(2)
        .describe('From this retry on, the solutions take turns'),
      temperature: temperature(0.3),
    })
    .prefault({})
    .describe('Stage 5: the first program'),
  public_fixes: z
    .strictObject({
      total: count(4).describe('Fixes overall'),
      per_test: count(3).describe('Fixes for one test'),
      temperature: temperature(0.3),
    })
    .prefault({})
    .describe('Stage 6: fixes until the public tests pass'),
  ai_fixes: z
    .strictObject({
      total: count(4).describe('Fixes overall'),
      anchors: z
        .boolean()
        .default(true)
        .describe('A test that passed is an anchor: a fix that fails one is reverted'),
      temperature: temperature(0.3),
    })
    .prefault({})
    .describe("Stage 7: fixes on the model's own tests"),
  baseline: z
    .strictObject({ temperature: temperature(0.2) })
    .prefault({})
    .describe('The plain prompt of use_baseline'),
});
export type AlphacodiumConfig = z.infer<typeof alphacodiumConfigSchema>;
