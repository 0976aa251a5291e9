import * as z from 'zod';
import { testVerdictSchema } from '../runner/model/contestVerdict';
import { flowDecisionSchema } from '../runner/model/flow';
import type { OutcomeStep } from '../runner/model/flow';

/** A test of a stage as its row shows it. Always text, never markup. */
const testViewSchema = z.object({
  name: z.string(),
  verdict: testVerdictSchema,
  anchor: z.boolean(),
  input: z.string(),
  expected: z.string().nullable(),
  actual: z.string().nullable(),
  message: z.string().nullable(),
});
export type FlowTestView = z.infer<typeof testViewSchema>;

/** What a stage of a flow came to, as the page of a trajectory shows it under the stage's texts. */
export const outcomeViewSchema = z.object({
  decision: flowDecisionSchema,
  /** Why it was decided so. */
  detail: z.string().nullable(),
  /** There is a program to open. */
  hasProgram: z.boolean(),
  /** There is a difference to the program before it. */
  hasDiff: z.boolean(),
  tests: z.array(testViewSchema),
});
export type OutcomeView = z.infer<typeof outcomeViewSchema>;

export function outcomeView({ decision, detail, code, previous, tests }: OutcomeStep): OutcomeView {
  return {
    decision,
    detail,
    hasProgram: code !== null,
    hasDiff: code !== null && previous !== null && code.source !== previous.source,
    tests: tests.map(({ name, verdict, anchor, input, expected, actual, message }) => ({
      name,
      verdict,
      anchor,
      input,
      expected,
      actual,
      message,
    })),
  };
}
