import type { TrialStatus } from '../result';
import type { TrialState } from '../runState';
import type { TrialClass } from '../trialClass';
import { classOf } from '../trialClass';

/** Why a trial did not resolve its task, without what only it says. */
export interface FailureReason {
  readonly status: TrialStatus;
  readonly cause: string | null;
  /** What trials say that failed for the same reason, with `…` where each says something of its own; null: nothing. */
  readonly message: string | null;
}

/** Trials that did not resolve their tasks for the same reason. */
export interface FailureGroup extends FailureReason {
  readonly class: TrialClass;
  readonly count: number;
  readonly example: { readonly trial_id: string; readonly detail: string | null };
}

interface Group extends FailureReason {
  /** What each says, in the order in which they came. */
  readonly trials: Map<string, string | null>;
}

const longest = 160;

/** What is worth a look first: what broke, then what never had its say, then answers that were wrong. */
const ranks: Readonly<Record<TrialStatus, number>> = {
  infra_failure: 0,
  suspicious: 1,
  error: 1,
  no_tests: 1,
  timeout: 1,
  patch_rejected: 1,
  cancelled: 2,
  empty_patch: 3,
  failed: 4,
  passed: 5,
  not_applicable: 5,
};

/** Failures by status, cause and message, kept up as trials end. */
export class FailureGroups {
  readonly #groups = new Map<string, Group>();

  add(trial: TrialState): void {
    const reason = failureOf(trial);
    if (reason === null) return;
    const key = keyOf(reason);
    const group = this.#groups.get(key) ?? { ...reason, trials: new Map<string, string | null>() };
    this.#groups.set(key, group);
    group.trials.set(trial.plan.trial_id, trial.result?.detail ?? null);
  }

  remove(trial: TrialState): void {
    const reason = failureOf(trial);
    if (reason === null) return;
    const group = this.#groups.get(keyOf(reason));
    group?.trials.delete(trial.plan.trial_id);
    if (group?.trials.size === 0) this.#groups.delete(keyOf(reason));
  }

  /** What broke first; of one kind the largest first. */
  get all(): readonly FailureGroup[] {
    return [...this.#groups.values()]
      .sort((a, b) => ranks[a.status] - ranks[b.status] || b.trials.size - a.trials.size)
      .map(({ trials, ...group }) => {
        const [[trial_id, detail] = ['', null]] = trials;
        const example = { trial_id, detail };
        return { ...group, class: classOf(group.status), count: trials.size, example };
      });
  }
}

/** null: it did not fail. */
export function failureOf({ plan, result }: TrialState): FailureReason | null {
  if (result === null || result.status === 'passed' || result.status === 'not_applicable')
    return null;
  const { status, cause, detail } = result;
  return { status, cause, message: commonPart(detail, [plan.trial_id, plan.task_id]) };
}

function keyOf({ status, cause, message }: FailureReason): string {
  return JSON.stringify([status, cause, message]);
}

/** A message without what differs from trial to trial: its names, numbers, hashes and paths. One line. */
export function commonPart(detail: string | null, names: readonly string[] = []): string | null {
  if (detail === null) return null;
  // What is beyond this is not shown, and need not be searched.
  let text = detail.slice(0, 4 * longest).trim();
  text = (text.split('\n')[0] ?? '').trim();
  for (const name of names) text = text.replaceAll(name, '…');
  text = text
    .replace(/(?<![\w.:/])(?:[a-z]:)?(?:[\\/][\w.@+~%-]+){2,}[\\/]?/gi, '…')
    .replace(/\b(?=[0-9a-f-]*\d)[0-9a-f]{4,}(?:-?[0-9a-f]{3,})+\b/gi, '…')
    .replace(/\d+(?:[.,]\d+)*/g, '…')
    .replace(/…(?:[\s.,:/_-]*…)+/g, '…')
    .replace(/…\.$/, '…');
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
