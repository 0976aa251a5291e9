import type { RepositoryTask, TestCase } from '../../model';
import type { OfficialReport } from './official/gradeOfficial';
import { gradeOfficial } from './official/gradeOfficial';
import type { LogParserName } from './official/logParsers';
import { logParsers } from './official/logParsers';
import { statusesOf } from './official/logReport';
import { endMarker, startMarker } from './official/parseLog';
import type { OfficialGrading } from './official/statuses';
import { readReport } from './pytestReport';
import type { OpenedReport } from './sealedReport';

/** What one run of an official script left to judge it by. */
export interface OfficialRun {
  readonly task: RepositoryTask;
  readonly parser: LogParserName;
  readonly grading: OfficialGrading;
  readonly log: string;
  /** What the official grader makes of the log. */
  readonly official: OfficialReport;
  /** What pytest itself reported; null: the reporter never began. */
  readonly opened: OpenedReport | null;
  /** Whether the reporter can have begun: the script runs pytest itself. */
  readonly usesPytest: boolean;
}

/**
 * Reasons to doubt a log, each with words for people. The keys of two runs can be compared: what the unpatched run shows
 * too is the project's own doing.
 */
export type Signs = ReadonlyMap<string, string>;

/** Tests as pytest reported them; empty where it does not run them. */
export function reportedTests({ opened }: OfficialRun): readonly TestCase[] {
  return opened === null ? [] : readReport(opened.text).tests;
}

/**
 * Everything in a run that speaks against its log.
 *
 * @param untrusted files in the sandbox that what is judged changed; none of them may have a say. `any` tells all that
 *   had one, for the unpatched run.
 */
export function signsOf(run: OfficialRun, untrusted: readonly string[] | 'any'): Signs {
  const signs = new Map<string, string>();
  for (const marker of [startMarker, endMarker]) {
    if (run.log.split(marker).length > 2)
      signs.set(`marker ${marker}`, `the log has "${marker}" more than once`);
  }
  if (!run.usesPytest) return signs;
  if (run.opened === null)
    return signs.set('unreported', 'pytest ran without the reporter that was loaded into it');
  const report = readReport(run.opened.text);
  if (run.opened.forged > 0 || report.strange > 0)
    signs.set('forged', 'the test report holds lines that pytest did not write');
  if (report.end === null)
    signs.set('unfinished', 'pytest did not get to the end of its own report');
  for (const part of report.end?.changed.split(' ').filter(Boolean) ?? [])
    signs.set(
      `replaced ${part}`,
      `the tested code replaced a part of the running pytest (${part})`,
    );
  for (const path of report.end?.judges ?? []) {
    if (untrusted === 'any' || untrusted.includes(path))
      signs.set(
        `judge ${path}`,
        `the patch changes ${path}, which had a say in the outcome of its own tests`,
      );
  }
  for (const [id, saw] of contradictions(run))
    signs.set(`test ${id}`, `the log says that ${id} passed, pytest itself saw it ${saw}`);
  const logged = exitCodeIn(run.log);
  if (logged === 0 && report.end !== null && report.end.exit !== 0)
    signs.set('exit', `pytest ended with ${String(report.end.exit)}, its process with 0`);
  return signs;
}

/** Tests of the lists that count as passed in the log and not in what pytest reported, with what pytest saw. */
function contradictions(run: OfficialRun): readonly (readonly [string, string])[] {
  const { task, parser, grading, official } = run;
  if (official.tests_status === undefined) return [];
  const statuses = logParsers[parser](summaryOf(reportedTests(run)), grading);
  const own = gradeOfficial(task, { found: true, statuses }, { grading }).tests_status;
  const saw = (id: string): string => (statuses.get(id) ?? 'not at all').toLowerCase();
  return (['FAIL_TO_PASS', 'PASS_TO_PASS'] as const).flatMap((list) => {
    const passed = new Set(own?.[list].success);
    const claimed = official.tests_status?.[list].success ?? [];
    return claimed.filter((id) => !passed.has(id)).map((id) => [id, saw(id)] as const);
  });
}

/**
 * What pytest's summary would be, for the parser, which cuts some names: two tests may have one name afterwards, and the
 * last one counts. Skipped tests have no name in a summary, and what went wrong stands after what passed.
 */
function summaryOf(tests: readonly TestCase[]): string {
  const rank = (word: string): number => (word === 'SKIPPED' ? 0 : word === 'PASSED' ? 1 : 2);
  return [...statusesOf(tests)]
    .sort(([, one], [, other]) => rank(one) - rank(other))
    .map(([id, word]) => `${word} ${id}`)
    .join('\n');
}

/** What the script says that the test command ended with, since version 5. */
export function exitCodeIn(log: string): number | null {
  const codes = [...log.matchAll(/^>>>>> Test Exit Code: (-?\d{1,9})$/gm)];
  const last = codes.at(-1)?.[1];
  return last === undefined ? null : Number(last);
}

/** The first sign that the unpatched run does not show: why a log is not believed. */
export function contradictionIn(signs: Signs, unpatched: Signs | null): string | null {
  // Nothing but an attack forges a report.
  for (const [key, words] of signs)
    if (key === 'forged' || unpatched?.has(key) !== true) return words;
  return null;
}
