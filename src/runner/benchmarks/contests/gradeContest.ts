import type { TestReport } from '../../model';
import { contestResultOf } from '../../model';
import type { Grade } from '../benchmark';

/** A problem is solved when one of the candidates passes every test. */
export function gradeContest({ candidates = [], tests, detail }: TestReport): Grade {
  const { n, c, verdicts } = contestResultOf(candidates);
  if (n > 0 && verdicts.no_tests === n)
    return { status: 'no_tests', cause: 'nothing_selected', detail: detail ?? null, verdict: null };
  const lists = { FAIL_TO_PASS: null, PASS_TO_PASS: null };
  const counts = Object.entries(verdicts)
    .filter(([verdict]) => verdict !== 'passed')
    .sort(([, a], [, b]) => b - a)
    .map(([verdict, count]) => `${String(count)} ${verdict}`);
  const failed = tests.find(({ outcome }) => outcome !== 'passed');
  if (n === 1) {
    const { verdict = 'empty' } = candidates[0] ?? {};
    const passed = verdict === 'passed';
    return {
      status: passed ? 'passed' : 'failed',
      cause: null,
      detail: passed || failed === undefined ? null : singleDetail(verdict, failed.id),
      verdict: { resolution: passed ? 'resolved' : 'unresolved', ...lists },
    };
  }
  return {
    status: c > 0 ? 'passed' : 'failed',
    cause: null,
    detail: [`${String(c)} of ${String(n)} candidates passed`, ...counts].join(', '),
    verdict: { resolution: c > 0 ? 'resolved' : 'unresolved', ...lists },
  };
}

/** `wrong_answer on private test 3` */
function singleDetail(verdict: string, test: string): string {
  return ['compile_error', 'empty'].includes(verdict) ? verdict : `${verdict} on ${test}`;
}
