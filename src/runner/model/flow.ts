import * as z from 'zod';
import { testVerdictSchema } from './contestVerdict';

/** Where a step stands in the plan of an agent that works stage by stage. */
export const flowPlaceSchema = z.object({
  /** `reflect` */
  stage: z.string(),
  /** For people: `Self-reflection`. */
  title: z.string(),
  /** Which try, candidate or fix of the stage, from 1; null where the stage is done once. */
  iteration: z.int().positive().nullable(),
});
export type FlowPlace = z.infer<typeof flowPlaceSchema>;

/** A program as it stood at a step. */
export const flowCodeSchema = z.object({ language: z.string(), source: z.string() });
export type FlowCode = z.infer<typeof flowCodeSchema>;

/** One test that a stage ran. Texts are cut to a few KiB. */
export const flowTestSchema = z.object({
  /** `public test 1`; the same test keeps its name from step to step. */
  name: z.string(),
  verdict: testVerdictSchema,
  input: z.string(),
  /** null: nobody knows it. */
  expected: z.string().nullable(),
  /** null: it was not run. */
  actual: z.string().nullable(),
  /** What a program says of its failure: the end of stderr, a compiler's message. */
  message: z.string().nullable(),
  /** A test that passed once and that every later program has to pass. */
  anchor: z.boolean(),
});
export type FlowTest = z.infer<typeof flowTestSchema>;

/** What became of what a stage proposed. */
export const flowDecisionSchema = z.enum([
  'kept', // it is what the next stage goes on with
  'reverted', // it broke what held before: what stood before stands again
  'discarded', // another one was better
  'fallback', // the stage gave nothing that can be used; something else took its place
  'skipped', // there was nothing to do
]);
export type FlowDecision = z.infer<typeof flowDecisionSchema>;

/** What a stage of the flow, or one iteration of it, came to. Its calls of models and tools stand before it. */
export const outcomeStepSchema = z.object({
  kind: z.literal('outcome'),
  /** What it proposed, Markdown; empty where that is all in `code`. */
  content: z.string(),
  code: flowCodeSchema.nullable(),
  /** The program that `code` was made from, for the difference; null: it is the first. */
  previous: flowCodeSchema.nullable(),
  /** The tests that it was run on; empty: none. */
  tests: z.array(flowTestSchema),
  decision: flowDecisionSchema,
  /** One line for people: why it was decided so. */
  detail: z.string().nullable(),
});
export type OutcomeStep = z.infer<typeof outcomeStepSchema>;

/** What the event of an outcome says of it: enough to list the stages of a flow without reading their programs. */
export const outcomeFactsSchema = z.object({
  decision: flowDecisionSchema,
  /** `changed`: there is a difference to the program before it. */
  program: z.enum(['none', 'first', 'changed', 'same']),
  passed: z.int().nonnegative(),
  tests: z.int().nonnegative(),
});
export type OutcomeFacts = z.infer<typeof outcomeFactsSchema>;

export function outcomeFacts({
  code,
  previous,
  tests,
  decision,
}: Pick<OutcomeStep, 'code' | 'previous' | 'tests' | 'decision'>): OutcomeFacts {
  return {
    decision,
    program: programOf(code, previous),
    passed: tests.filter(({ verdict }) => verdict === 'passed').length,
    tests: tests.length,
  };
}

function programOf(code: FlowCode | null, previous: FlowCode | null): OutcomeFacts['program'] {
  if (code === null) return 'none';
  if (previous === null) return 'first';
  return code.source === previous.source ? 'same' : 'changed';
}
