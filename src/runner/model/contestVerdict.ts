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
  /** Whether it passed the public tests, where candidates are filtered by them. */
  passed_public: z.boolean().optional(),
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
  /** Those that passed the public tests, and how many of these passed every test: for n@k. */
  filtered: z.object({ n: z.int().nonnegative(), c: z.int().nonnegative() }).optional(),
  /** The problem's own solutions on the same tests: how many were tried, how many passed. */
  references: z.object({ n: z.int().nonnegative(), c: z.int().nonnegative() }).optional(),
});
export type ContestResult = z.infer<typeof contestResultSchema>;

/** Counts the verdicts of a trial's candidates. */
export function contestResultOf(
  candidates: readonly CandidateReport[],
  references?: ContestResult['references'],
): ContestResult {
  const verdicts: Partial<Record<CandidateVerdict, number>> = {};
  for (const { verdict } of candidates) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  const filtered = candidates.filter((candidate) => candidate.passed_public === true);
  return {
    n: candidates.length,
    c: verdicts.passed ?? 0,
    verdicts,
    ...(candidates.some((candidate) => candidate.passed_public !== undefined)
      ? { filtered: { n: filtered.length, c: passedOf(filtered) } }
      : {}),
    ...(references === undefined ? {} : { references }),
  };
}

function passedOf(candidates: readonly CandidateReport[]): number {
  return candidates.filter(({ verdict }) => verdict === 'passed').length;
}

/**
 * Whether the tests say nothing of a problem's candidates, since its own solutions fail them (there are several right
 * answers, or it is interactive): fewer than one in five passes. AlphaCodium calls such a task invalid where there are at
 * least five solutions; here they count from the first one on.
 */
export function referencesFail({ references }: ContestResult): boolean {
  return references !== undefined && references.n > 0 && references.c < references.n / 5;
}
