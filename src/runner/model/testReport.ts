import * as z from 'zod';
import { competitionGradeSchema } from './competitionReport';
import { candidateReportSchema } from './contestVerdict';
import { techniqueResultSchema } from './technique';

/** Outcome of one test, in pytest's words. */
export const testOutcomeSchema = z.enum([
  'passed',
  'failed',
  'error',
  'skipped',
  'xfailed',
  'xpassed',
]);
export type TestOutcome = z.infer<typeof testOutcomeSchema>;

/** One test as the harness saw it run. `id` is pytest's node id; file and line are relative to the repository, line from 1. */
export const testCaseSchema = z.object({
  id: z.string(),
  outcome: testOutcomeSchema,
  duration_s: z.number().nonnegative().default(0),
  file: z.string().optional(),
  line: z.int().positive().optional(),
  message: z.string().optional(),
  /** Both sides of a failed `==`, where pytest's assertion rewriting had them. */
  expected: z.string().optional(),
  actual: z.string().optional(),
  /** The word that an official log has for the outcome, where it is none of the usual ones; of a contest's test its verdict. */
  status: z.string().optional(),
  /** Most memory that it took, where that was measured. */
  peak_bytes: z.int().nonnegative().optional(),
});
export type TestCase = z.infer<typeof testCaseSchema>;

/** How a test command came to its end, told apart by evidence and never by its text. */
export const testEndSchema = z.enum([
  'completed', // tests ran, some may have failed
  'collection_error', // a test file could not be imported
  'nothing_selected', // nothing matched the selection, or there are no tests
  'crash', // the interpreter died or pytest broke
  'timeout',
  'oom',
  'spoofed', // the report, the exit code and the text contradict each other
]);
export type TestEnd = z.infer<typeof testEndSchema>;

/** What the outcomes of an official evaluation rest on: its log, or its log and pytest's own sealed report. */
export const testEvidenceSchema = z.enum(['log', 'log_and_report']);
export type TestEvidence = z.infer<typeof testEvidenceSchema>;

/** What one execution of a task's tests showed. */
export const testReportSchema = z.object({
  end: testEndSchema,
  /** What was seen, for the ends that need words (`spoofed`, `crash`, `collection_error`). */
  detail: z.string().optional(),
  exit_code: z.int().nullable(),
  duration_s: z.number().nonnegative(),
  tests: z.array(testCaseSchema),
  /** Where the official script ran the tests; elsewhere pytest's report is the evidence. */
  evidence: testEvidenceSchema.optional(),
  /** Of a contest task: every candidate with its verdicts. */
  candidates: z.array(candidateReportSchema).optional(),
  /** Of a contest task: how many of its own solutions were tried on the same tests, and how many passed. */
  references: z.object({ n: z.int().nonnegative(), c: z.int().nonnegative() }).optional(),
  /** Of a competition: what its grader said. */
  competition: competitionGradeSchema.optional(),
  /** Of a technique task: its checks. */
  technique: techniqueResultSchema.optional(),
});
export type TestReport = z.infer<typeof testReportSchema>;

/** Counts of a report, as they stand in result.json. */
export const testSummarySchema = z.object({
  end: testEndSchema,
  exit_code: z.int().nullable(),
  passed: z.int(),
  failed: z.int(),
  errors: z.int(),
  skipped: z.int(),
  detail: z.string().optional(),
  evidence: testEvidenceSchema.optional(),
});
export type TestSummary = z.infer<typeof testSummarySchema>;

export function summarizeTests(report: TestReport): TestSummary {
  const count = (...outcomes: readonly TestOutcome[]): number =>
    report.tests.filter((test) => outcomes.includes(test.outcome)).length;
  return {
    end: report.end,
    exit_code: report.exit_code,
    passed: count('passed', 'xfailed', 'xpassed'),
    failed: count('failed'),
    errors: count('error'),
    skipped: count('skipped'),
    ...(report.detail === undefined ? {} : { detail: report.detail }),
    ...(report.evidence === undefined ? {} : { evidence: report.evidence }),
  };
}
