import * as z from 'zod';

/** What may be spent. A limit that is not set does not hold. */
export const budgetLimitsSchema = z.strictObject({
  turns: z.int().positive().optional().describe('Model calls'),
  tokens: z.int().positive().optional().describe('Tokens in and out together'),
  cost: z.number().nonnegative().optional().describe('US dollars'),
  time_s: z.number().positive().optional().describe('Seconds of wall clock'),
});
export type BudgetLimits = z.infer<typeof budgetLimitsSchema>;
