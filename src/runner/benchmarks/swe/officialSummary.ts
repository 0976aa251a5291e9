import type { RunPlan, TrialResult } from '../../model';
import { classOf } from '../../model';

/**
 * `<model>.<run_id>.json` as SWE-bench's harness writes it (schema_version 2), from the first attempt of every task.
 * Every task that something was handed in for counts as submitted; one without a report is an error.
 */
export function officialSummary(
  plan: RunPlan,
  results: readonly TrialResult[],
): Readonly<Record<string, unknown>> {
  const first = new Map(
    results.filter((result) => result.attempt === 0).map((result) => [result.task_id, result]),
  );
  const total = [...new Set(plan.trials.map((trial) => trial.task_id))].sort();
  const ids = (matches: (result: TrialResult) => boolean): readonly string[] =>
    total.filter((id) => {
      const result = first.get(id);
      return result !== undefined && matches(result);
    });
  const isError = (result: TrialResult): boolean =>
    ['error', 'timeout', 'no_tests', 'patch_rejected', 'suspicious'].includes(result.status);
  const submitted = ids((result) => result.status !== 'cancelled');
  const resolved = ids((result) => classOf(result.status) === 'resolved');
  const unresolved = ids((result) => result.status === 'failed');
  const empty = ids((result) => result.status === 'empty_patch');
  const errors = ids(isError);
  const infra = ids((result) => result.status === 'infra_failure');
  const completed = [...resolved, ...unresolved].sort();
  const incomplete = total.filter((id) => !submitted.includes(id));
  return {
    total_instances: total.length,
    submitted_instances: submitted.length,
    completed_instances: completed.length,
    resolved_instances: resolved.length,
    unresolved_instances: unresolved.length,
    empty_patch_instances: empty.length,
    error_instances: errors.length,
    infra_failure_instances: infra.length,
    completed_ids: completed,
    incomplete_ids: incomplete,
    empty_patch_ids: empty,
    submitted_ids: submitted,
    resolved_ids: resolved,
    unresolved_ids: unresolved,
    error_ids: errors,
    infra_failure_ids: infra,
    failure_reasons: Object.fromEntries(
      [...errors, ...infra].map((id) => [id, first.get(id)?.cause ?? first.get(id)?.status ?? '']),
    ),
    schema_version: 2,
  };
}
