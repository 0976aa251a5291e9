import type { TrialStatus } from '../../model';
import type { InfraSign } from './official/logSigns';

/** What the official harness would have found of a prediction: a report, no report, or nothing to run. */
export type OfficialEnd = 'resolved' | 'unresolved' | 'empty_patch' | 'error';

/** What one prediction came to. */
export interface OfficialEntry {
  readonly id: string;
  /** null: it was not run to its end. */
  readonly end: OfficialEnd | null;
  /** Why it is not resolved, where that is told. `tier: null`: a reason that the official harness does not know. */
  readonly failure: { readonly reason: string; readonly tier: InfraSign['tier'] | null } | null;
}

/** The file that the official harness sums up a run in, in its spelling and order (`schema_version` 2). */
export interface OfficialSummary {
  readonly total_instances: number;
  readonly submitted_instances: number;
  readonly completed_instances: number;
  readonly resolved_instances: number;
  readonly unresolved_instances: number;
  readonly infra_failure_instances: number;
  readonly ambiguous_failure_instances: number;
  readonly empty_patch_instances: number;
  readonly error_instances: number;
  readonly completed_ids: readonly string[];
  readonly incomplete_ids: readonly string[];
  readonly empty_patch_ids: readonly string[];
  readonly submitted_ids: readonly string[];
  readonly resolved_ids: readonly string[];
  readonly unresolved_ids: readonly string[];
  readonly infra_failure_ids: readonly string[];
  readonly ambiguous_failure_ids: readonly string[];
  readonly failure_reasons: Readonly<Record<string, string>>;
  readonly error_ids: readonly string[];
  readonly schema_version: 2;
}

/**
 * Sums up, pure. What failed for its environment's sake stands in its own list besides, and the denominator stays.
 *
 * @param tasks every task, also those that nothing was handed in for
 * @param submitted every id that something was handed in for, also where no task has it
 */
export function officialSummary(
  tasks: readonly string[],
  submitted: readonly string[],
  entries: readonly OfficialEntry[],
): OfficialSummary {
  const handedIn = new Set(submitted);
  const ran = new Set(entries.filter(({ end }) => end !== null).map(({ id }) => id));
  const ending = (...ends: readonly OfficialEnd[]): readonly string[] =>
    sorted(entries.flatMap(({ id, end }) => (end !== null && ends.includes(end) ? [id] : [])));
  const failing = (tier: InfraSign['tier']): readonly string[] =>
    sorted(entries.flatMap(({ id, failure }) => (failure?.tier === tier ? [id] : [])));
  const lists = {
    completed_ids: ending('resolved', 'unresolved'),
    incomplete_ids: sorted(tasks.filter((id) => !handedIn.has(id) || !ran.has(id))),
    empty_patch_ids: ending('empty_patch'),
    submitted_ids: sorted([...handedIn]),
    resolved_ids: ending('resolved'),
    unresolved_ids: ending('unresolved'),
    infra_failure_ids: failing('environment'),
    ambiguous_failure_ids: failing('ambiguous'),
  };
  const reasons = entries.flatMap(({ id, failure }) =>
    failure === null ? [] : [[id, failure.reason] as const],
  );
  const errors = ending('error');
  return {
    total_instances: tasks.length,
    submitted_instances: handedIn.size,
    completed_instances: lists.completed_ids.length,
    resolved_instances: lists.resolved_ids.length,
    unresolved_instances: lists.unresolved_ids.length,
    infra_failure_instances: lists.infra_failure_ids.length,
    ambiguous_failure_instances: lists.ambiguous_failure_ids.length,
    empty_patch_instances: lists.empty_patch_ids.length,
    error_instances: errors.length,
    ...lists,
    failure_reasons: Object.fromEntries(sortedBy(reasons)),
    error_ids: errors,
    schema_version: 2,
  };
}

/** What a trial counts as. Tests that ran have a report, whatever they came to; what has none is an error. */
export function officialEntryOf({
  id,
  status,
  cause,
  reported,
}: {
  readonly id: string;
  readonly status: TrialStatus;
  readonly cause: string | null;
  /** Its tests ran, and there is a report of them. */
  readonly reported: boolean;
}): OfficialEntry {
  const failure = (tier: InfraSign['tier'] | null): OfficialEntry['failure'] => ({
    reason: cause ?? status,
    tier,
  });
  switch (status) {
    case 'passed':
      return { id, end: 'resolved', failure: null };
    case 'empty_patch':
      return { id, end: 'empty_patch', failure: null };
    case 'failed':
      return { id, end: 'unresolved', failure: null };
    case 'no_tests':
    case 'error':
      return { id, end: reported ? 'unresolved' : 'error', failure: failure(null) };
    case 'suspicious':
      return {
        id,
        end: 'unresolved',
        failure: { reason: `suspicious: ${cause ?? ''}`, tier: null },
      };
    case 'patch_rejected':
      return { id, end: 'error', failure: failure(null) };
    case 'timeout':
      return { id, end: 'error', failure: { reason: 'tests_timed_out', tier: 'ambiguous' } };
    case 'infra_failure':
      return { id, end: 'error', failure: failure('environment') };
    case 'cancelled':
    case 'not_applicable':
      return { id, end: null, failure: null };
  }
}

/** `<model>.<run id>.json` */
export function summaryName(model: string, runId: string): string {
  return `${modelFolder(model)}.${runId}.json`;
}

/** A model's name as a file's. */
export function modelFolder(model: string): string {
  return model.replaceAll('/', '__');
}

function sorted(ids: readonly string[]): readonly string[] {
  return [...ids].sort();
}

function sortedBy<T>(pairs: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return [...pairs].sort(([one], [other]) => (one < other ? -1 : 1));
}
