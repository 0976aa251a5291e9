import type { RepositoryTask, TestOutcome, TestReport, Verdict } from '../../model';
import type { Grade } from '../benchmark';
import type { TestLists } from './official/gradeOfficial';
import { gradeOfficial } from './official/gradeOfficial';
import { parsedLogOf } from './official/logReport';
import type { OfficialGrading } from './official/statuses';

/**
 * Report → verdict, pure. A task with FAIL_TO_PASS or PASS_TO_PASS passes when all of those tests passed, whatever other
 * tests did; a task without them when at least one selected test passed and none failed. As in SWE-bench, a test that is
 * missing counts as failed, an expected failure (XFAIL) as passed, and a skipped one as passed only in PASS_TO_PASS.
 */
export function gradeRepositoryTask(task: RepositoryTask, report: TestReport): Grade {
  const verdict = verdictOf(task, report);
  const end = gradeEnd(report);
  if (end !== null)
    return { ...end, verdict: verdict === null ? null : { ...verdict, resolution: 'unresolved' } };
  if (verdict !== null) {
    const passed = verdict.resolution === 'resolved';
    return {
      status: passed ? 'passed' : 'failed',
      cause: null,
      detail: passed ? null : missing(verdict),
      verdict,
    };
  }
  const bad = report.tests.filter((test) => test.outcome === 'failed' || test.outcome === 'error');
  const good = report.tests.some((test) => ['passed', 'xfailed', 'xpassed'].includes(test.outcome));
  if (bad.length === 0 && !good) {
    return {
      status: 'no_tests',
      cause: 'nothing_selected',
      detail: 'every selected test was skipped',
      verdict: null,
    };
  }
  return bad.length === 0 && report.exit_code === 0
    ? { status: 'passed', cause: null, detail: null, verdict: null }
    : {
        status: 'failed',
        cause: null,
        detail: `${bad.length} of ${report.tests.length} tests failed`,
        verdict: null,
      };
}

/** Report of an official evaluation → verdict, pure: to the last test what the official grader makes of its log. */
export function gradeOfficialTask(
  task: RepositoryTask,
  report: TestReport,
  { grading }: { readonly grading: OfficialGrading },
): Grade {
  const { resolved, tests_status: lists } = gradeOfficial(task, parsedLogOf(report), { grading });
  const none = (ids: readonly string[] | null): NonNullable<Verdict['FAIL_TO_PASS']> => ({
    success: [],
    failure: [...(ids ?? [])],
  });
  const copy = ({ success, failure }: TestLists): NonNullable<Verdict['FAIL_TO_PASS']> => ({
    success: [...success],
    failure: [...failure],
  });
  const failToPass = lists === undefined ? none(task.failToPass) : copy(lists.FAIL_TO_PASS);
  const passToPass = lists === undefined ? none(task.passToPass) : copy(lists.PASS_TO_PASS);
  const partial = failToPass.success.length > 0 && passToPass.failure.length === 0;
  const verdict: Verdict = {
    resolution: resolved ? 'resolved' : partial ? 'partial' : 'unresolved',
    FAIL_TO_PASS: failToPass,
    PASS_TO_PASS: passToPass,
  };
  const end = gradeEnd(report);
  if (end !== null) return { ...end, verdict: { ...verdict, resolution: 'unresolved' } };
  return resolved
    ? { status: 'passed', cause: null, detail: null, verdict }
    : { status: 'failed', cause: null, detail: missing(verdict), verdict };
}

/** The statuses of executions whose tests could not run to their end. */
function gradeEnd(report: TestReport): Omit<Grade, 'verdict'> | null {
  const detail = report.detail ?? null;
  switch (report.end) {
    case 'completed':
      return null;
    case 'collection_error':
    case 'nothing_selected':
      return { status: 'no_tests', cause: report.end, detail };
    case 'crash':
    case 'oom':
      return { status: 'error', cause: report.end, detail };
    case 'timeout':
      return {
        status: 'timeout',
        cause: 'after',
        detail: detail ?? 'the tests did not end within their limit',
      };
    case 'spoofed':
      return { status: 'suspicious', cause: detail ?? 'spoofed', detail };
  }
}

function verdictOf(task: RepositoryTask, report: TestReport): Verdict | null {
  if (task.failToPass === null && task.passToPass === null) return null;
  const outcomes = outcomesOf(report);
  const split = (ids: readonly string[] | null, ok: readonly string[]): Verdict['FAIL_TO_PASS'] =>
    ids === null
      ? null
      : {
          success: ids.filter((id) => ok.includes(outcomes.get(id) ?? 'missing')),
          failure: ids.filter((id) => !ok.includes(outcomes.get(id) ?? 'missing')),
        };
  const failToPass = split(task.failToPass, ['passed', 'xfailed']);
  const passToPass = split(task.passToPass, ['passed', 'xfailed', 'skipped']);
  const allFixed = (failToPass?.failure.length ?? 0) === 0;
  const noneBroken = (passToPass?.failure.length ?? 0) === 0;
  const someFixed = (failToPass?.success.length ?? 0) > 0;
  return {
    resolution:
      allFixed && noneBroken ? 'resolved' : someFixed && noneBroken ? 'partial' : 'unresolved',
    FAIL_TO_PASS: failToPass,
    PASS_TO_PASS: passToPass,
  };
}

/**
 * Looks outcomes up by id. Ids of some datasets were cut at a blank inside their parameters (more `[` than `]`): such an
 * id stands for the tests that begin with it when these agree, as in version 5 of the official grader.
 */
function outcomesOf(report: TestReport): { get(id: string): TestOutcome | undefined } {
  const exact = new Map(report.tests.map((test) => [test.id, test.outcome]));
  return {
    get(id) {
      const outcome = exact.get(id);
      if (outcome !== undefined || id.split('[').length <= id.split(']').length) return outcome;
      const found = new Set(
        report.tests.filter((test) => test.id.startsWith(id)).map((test) => test.outcome),
      );
      return found.size === 1 ? [...found][0] : undefined;
    },
  };
}

function missing(verdict: Verdict): string {
  const part = (name: string, list: Verdict['FAIL_TO_PASS']): readonly string[] =>
    list === null || list.failure.length === 0
      ? []
      : [`${list.failure.length} of ${list.success.length + list.failure.length} ${name} failed`];
  return [
    ...part('FAIL_TO_PASS', verdict.FAIL_TO_PASS),
    ...part('PASS_TO_PASS', verdict.PASS_TO_PASS),
  ].join(', ');
}
