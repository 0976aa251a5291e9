import type { CompetitionConfig } from './competitionConfig';
import type { MedalThresholds } from './medals';
import type { Task } from './task';
import type { TechniqueId } from './technique';

/** A competition of MLE-bench, or one of the Redux's technique tasks on its data. */
export interface MleTask extends Task {
  readonly benchmark: 'mle';
  readonly competition: CompetitionConfig;
  /** What its author says of it, Markdown. */
  readonly description: string;
  /** null: nothing is known of its leaderboard. */
  readonly thresholds: MedalThresholds | null;
  /** The competition's folder, which has its programs. Relative to the run folder in tasks of a run. */
  readonly folder: string;
  /** null: the task is the competition itself. */
  readonly technique: TechniqueId | null;
}

export function isMleTask(task: Task): task is MleTask {
  return task.benchmark === 'mle';
}
