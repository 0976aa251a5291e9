import type { LogParserName } from './logParsers';
import { logParsers } from './logParsers';
import type { InfraSign } from './logSigns';
import { infraSignOf, showsThatSuiteRan } from './logSigns';
import { universalNewlines } from './pythonText';
import type { OfficialGrading, Statuses } from './statuses';

/** Why a log says nothing of the tests. */
export type NoStatuses =
  | 'patch_apply_failed'
  | 'reset_failed'
  | 'tests_errored'
  | 'tests_timed_out'
  | 'no_markers' // not both of the lines between which the tests' output stands
  | 'no_tests_ran' // no status, and no other sign that a test was run
  | 'exit_code_contradicts'; // the command failed, and no test is said to have

export type ParsedLog =
  | { readonly found: true; readonly statuses: Statuses }
  | {
      readonly found: false;
      readonly reason: NoStatuses;
      /** What broke the environment, where the log shows it; told apart since version 5 only. */
      readonly infra: InfraSign | null;
    };

const failureMarkers: readonly (readonly [marker: string, reason: NoStatuses])[] = [
  ['>>>>> Patch Apply Failed', 'patch_apply_failed'],
  ['>>>>> Reset Failed', 'reset_failed'],
  ['>>>>> Tests Errored', 'tests_errored'],
  ['>>>>> Tests Timed Out', 'tests_timed_out'],
];
export const startMarker = '>>>>> Start Test Output';
export const endMarker = '>>>>> End Test Output';

/** The text of an evaluation's log (`test_output.txt`) → the status of each test that it shows, or why there is none. */
export function parseLog(
  text: string,
  { parser, grading }: { readonly parser: LogParserName; readonly grading: OfficialGrading },
): ParsedLog {
  const log = universalNewlines(text);
  const none = (reason: NoStatuses): ParsedLog => ({
    found: false,
    reason,
    infra: grading === 'v5' ? infraSignOf(log) : null,
  });
  const failure = failureMarkers.find(([marker]) => log.includes(marker));
  if (failure !== undefined) return none(failure[1]);
  const between = betweenMarkers(log);
  if (between === null) return none('no_markers');
  const parse = logParsers[parser];
  let statuses = parse(between, grading);
  // Where both streams do not reach the log in the order of writing, results may stand outside the markers.
  if (statuses.size === 0) statuses = parse(log, grading);
  if (grading === 'v4') return { found: true, statuses };
  if (statuses.size === 0) {
    return showsThatSuiteRan(log) ? { found: true, statuses } : none('no_tests_ran');
  }
  return contradictsExitCode(log, statuses)
    ? none('exit_code_contradicts')
    : { found: true, statuses };
}

/** What follows the first start marker, up to an end marker or another start marker. */
function betweenMarkers(log: string): string | null {
  const start = log.indexOf(startMarker);
  if (start < 0 || !log.includes(endMarker)) return null;
  const from = start + startMarker.length;
  const stops = [log.indexOf(startMarker, from), log.indexOf(endMarker, from)];
  return log.slice(from, Math.min(...stops.map((stop) => (stop < 0 ? log.length : stop))));
}

/** A failing command whose tests all passed: somebody else printed these statuses. */
function contradictsExitCode(log: string, statuses: Statuses): boolean {
  const code = />>>>> Test Exit Code:\s{0,99}(-?\d{1,18})/.exec(log)?.[1];
  if (code === undefined || Number(code) === 0) return false;
  return ![...statuses.values()].some((status) => status === 'FAILED' || status === 'ERROR');
}
