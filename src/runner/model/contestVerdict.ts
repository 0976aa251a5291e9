import * as z from 'zod';

/** What became of one program on one test. */
export const testVerdictSchema = z.enum([
  'passed',
  'wrong_answer',
  'runtime_error', // ended with another exit code than 0
  'crash', // died of a signal that nobody here sent
  'time_limit',
  'memory_limit',
  'output_limit',
  'not_run', // an earlier failure stopped it, or it could not be compiled
]);
export type TestVerdict = z.infer<typeof testVerdictSchema>;

/** What a candidate came to: the verdict of its first test that it failed, or why there was none to run. */
export const candidateVerdictSchema = z.enum([
  ...testVerdictSchema.options,
  'compile_error',
  'empty',
  'no_tests',
]);
export type CandidateVerdict = z.infer<typeof candidateVerdictSchema>;

/** One candidate of a trial, in the order in which they were handed in. */
export const candidateReportSchema = z.object({
  verdict: candidateVerdictSchema,
  tests: z.array(testVerdictSchema),
});
export type CandidateReport = z.infer<typeof candidateReportSchema>;

/** What only a contest's result says. */
export const contestResultSchema = z.object({
  /** Candidates that were handed in, empty ones included. */
  n: z.int().nonnegative(),
  /** Those that passed every test. */
  c: z.int().nonnegative(),
  /** How many candidates came to which verdict. */
  verdicts: z.partialRecord(candidateVerdictSchema, z.int().positive()),
});
export type ContestResult = z.infer<typeof contestResultSchema>;

/** Counts the verdicts of a trial's candidates. */
export function contestResultOf(candidates: readonly CandidateReport[]): ContestResult {
  const verdicts: Partial<Record<CandidateVerdict, number>> = {};
  for (const { verdict } of candidates) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  return { n: candidates.length, c: verdicts.passed ?? 0, verdicts };
}
