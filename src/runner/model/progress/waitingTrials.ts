import type { TrialState } from '../runState';
import { classOf } from '../trialClass';
import type { GroupMeans } from './groupMeans';

interface TaskTrials {
  resolved: number;
  waiting: number;
}

/**
 * Trials that are still to begin, by group. Where attempts go on only until one of them resolves the task
 * (`stop_when_solved`), those of a task that is resolved will be skipped: no work is left in them.
 */
export class WaitingTrials {
  readonly #means: GroupMeans;
  /** null: every attempt is made. */
  readonly #tasks: Map<string, TaskTrials> | null;
  #count = 0;

  constructor(means: GroupMeans, { oneByOne }: { readonly oneByOne: boolean }) {
    this.#means = means;
    this.#tasks = oneByOne ? new Map() : null;
  }

  /** Those that will be skipped among them. */
  get count(): number {
    return this.#count;
  }

  countWaiting({ plan: { task_id: id, group } }: TrialState, sign: 1 | -1): void {
    this.#count += sign;
    const task = this.#task(id);
    if (task !== null) task.waiting += sign;
    if (task === null || task.resolved === 0) this.#means.countWaiting(group, sign);
  }

  countEnd({ plan: { task_id: id, group }, result }: TrialState, sign: 1 | -1): void {
    const task = this.#task(id);
    if (task === null || result === null || classOf(result.status) !== 'resolved') return;
    const before = task.resolved > 0;
    task.resolved += sign;
    if (before !== task.resolved > 0) this.#means.countWaiting(group, -sign * task.waiting);
  }

  #task(id: string): TaskTrials | null {
    if (this.#tasks === null) return null;
    const task = this.#tasks.get(id) ?? { resolved: 0, waiting: 0 };
    this.#tasks.set(id, task);
    return task;
  }
}
