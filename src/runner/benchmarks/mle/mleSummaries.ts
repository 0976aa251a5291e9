import type { RunPlan, TrialResult } from '../../model';
import { runGrades } from '../../model';

/** MLE-bench's grading_report.json, and the Redux's technique_grades.json, of what a run has come to so far. */
export function mleSummaries(
  plan: RunPlan,
  results: readonly TrialResult[],
): readonly { readonly name: string; readonly content: string }[] {
  const { grading, techniques } = runGrades(plan, results);
  return [
    { name: 'grading_report.json', value: grading },
    { name: 'technique_grades.json', value: techniques },
  ].flatMap(({ name, value }) =>
    value === null ? [] : [{ name, content: `${JSON.stringify(value, null, 2)}\n` }],
  );
}
