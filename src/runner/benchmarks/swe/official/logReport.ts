import type { TestCase, TestEnd, TestOutcome, TestReport } from '../../../model';
import type { NoStatuses, ParsedLog } from './parseLog';
import type { Statuses } from './statuses';

const outcomeOfStatus: ReadonlyMap<string, TestOutcome> = new Map([
  ['PASSED', 'passed'],
  ['FAILED', 'failed'],
  ['ERROR', 'error'],
  ['SKIPPED', 'skipped'],
  ['XFAIL', 'xfailed'],
]);

const statusOfOutcome: Readonly<Record<TestOutcome, string>> = {
  passed: 'PASSED',
  failed: 'FAILED',
  error: 'ERROR',
  skipped: 'SKIPPED',
  xfailed: 'XFAIL',
  xpassed: 'XPASS',
};

/** What an evaluation came to whose log shows no test. */
const endWithout: Readonly<Record<NoStatuses, { readonly end: TestEnd; readonly detail: string }>> =
  {
    patch_apply_failed: { end: 'crash', detail: 'the log says that the patch did not apply' },
    reset_failed: { end: 'crash', detail: 'the log says that the tests could not be reset' },
    tests_errored: { end: 'crash', detail: 'the log says that the tests broke off' },
    tests_timed_out: { end: 'timeout', detail: 'the log says that the tests timed out' },
    no_markers: { end: 'crash', detail: 'the evaluation script did not get to its end' },
    no_tests_ran: { end: 'nothing_selected', detail: 'the log shows no test that ran' },
    exit_code_contradicts: {
      end: 'spoofed',
      detail: 'the test command failed, and the log names no test that did',
    },
  };

/** What a log shows, as every evaluation's report has it. `parsedLogOf` gives the same log back. */
export function testReportOf(
  parsed: ParsedLog,
  { exitCode, durationS }: { readonly exitCode: number | null; readonly durationS: number },
): TestReport {
  const common = { exit_code: exitCode, duration_s: durationS };
  if (!parsed.found) return { ...common, ...endWithout[parsed.reason], tests: [] };
  return { ...common, end: 'completed', tests: [...parsed.statuses].map(testCaseOf) };
}

function testCaseOf([id, status]: readonly [string, string]): TestCase {
  const outcome = outcomeOfStatus.get(status);
  return outcome === undefined
    ? { id, outcome: 'error', duration_s: 0, status }
    : { id, outcome, duration_s: 0 };
}

/** The statuses that a report stands for, or why it has none. */
export function parsedLogOf(report: TestReport): ParsedLog {
  const { end, tests } = report;
  // Statuses that are contradicted are still the log's.
  if (end === 'completed' || (end === 'spoofed' && tests.length > 0))
    return { found: true, statuses: statusesOf(tests) };
  const reason = end === 'timeout' ? 'tests_timed_out' : 'no_tests_ran';
  return { found: false, reason, infra: null };
}

/** The words that the summary of pytest has for these tests. */
export function statusesOf(tests: readonly TestCase[]): Statuses {
  return new Map(tests.map(({ id, outcome, status }) => [id, status ?? statusOfOutcome[outcome]]));
}
