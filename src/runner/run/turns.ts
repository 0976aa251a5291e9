import type { RunConfig, RunState, TrialPlan } from '../model';
import { classOf } from '../model';

/** In which order trials may begin. */
export interface Turns {
  /** Those that wait for no other. */
  readonly first: readonly TrialPlan[];
  /** The trial that waited for this one. */
  readonly next: (ended: TrialPlan) => TrialPlan | null;
}

/** With `stop_when_solved`, the attempts of a task one after another; otherwise every trial as soon as there is room. */
export function turnsOf(
  trials: readonly TrialPlan[],
  { stop_when_solved: oneByOne }: Pick<RunConfig, 'stop_when_solved'>,
): Turns {
  if (!oneByOne) return { first: trials, next: () => null };
  const following = new Map<string, TrialPlan>();
  const last = new Map<string, TrialPlan>();
  const first: TrialPlan[] = [];
  for (const trial of trials) {
    const before = last.get(trial.task_id);
    if (before === undefined) first.push(trial);
    else following.set(before.trial_id, trial);
    last.set(trial.task_id, trial);
  }
  return { first, next: ({ trial_id: id }) => following.get(id) ?? null };
}

/** Tells which attempt solved a task, so that no other has to be made. */
export class SolvedTasks {
  readonly #attempts = new Map<string, string[]>();

  constructor(trials: readonly TrialPlan[]) {
    for (const { task_id: task, trial_id: trial } of trials) {
      const attempts = this.#attempts.get(task) ?? [];
      this.#attempts.set(task, attempts);
      attempts.push(trial);
    }
  }

  /** The id of the first attempt that solved it; null: none has yet. */
  solvedBy(taskId: string, state: RunState): string | null {
    const solved = this.#attempts.get(taskId)?.find((trial) => {
      const result = state.trials.get(trial)?.result ?? null;
      return result !== null && classOf(result.status) === 'resolved';
    });
    return solved ?? null;
  }
}
