import { agentFolders, submissionFile } from '../../benchmarks/mle/layout';
import { techniqueInfo } from '../../benchmarks/mle/techniques';
import type { MetricId, MleTask } from '../../model';

/** What a search has to know of its task. */
export interface Assignment {
  /** The files that a solution hands in. */
  readonly files: readonly string[];
  /** How it does that, in words for a model. */
  readonly handIn: string;
  /** What its validation score is, in words for a model. */
  readonly score: string;
  /**
   * Whether a lower score is better, which a competition's public description says too; null: not known, as in technique
   * tasks, whose own score no agent sees.
   */
  readonly lowerIsBetter: boolean | null;
}

export function assignmentOf(task: MleTask): Assignment {
  const { technique } = task;
  if (technique === null)
    return {
      files: [submissionFile],
      handIn: `its predictions as ${pathsOf([submissionFile])}, in the form that the rules ask for`,
      score: "the task's own metric, measured on rows that the model was not trained on",
      lowerIsBetter: directionOf(task),
    };
  const { artifacts } = techniqueInfo(technique);
  return {
    files: artifacts,
    handIn: `${pathsOf(artifacts)}, in the form that the task asks for`,
    score:
      'how good the result is by your own check of it, from 0 (useless) to 1 (right in all that is asked for)',
    lowerIsBetter: null,
  };
}

function pathsOf(files: readonly string[]): string {
  return files.map((file) => `\`${agentFolders.submission}/${file}\``).join(', ');
}

const lowerIsBetterIn: Readonly<Record<MetricId, boolean>> = {
  auc: false,
  'log-loss': true,
  'multiclass-log-loss': true,
  accuracy: false,
  rmse: true,
  rmsle: true,
  mae: true,
  'quadratic-kappa': false,
  f1: false,
  'mean-columnwise-auc': false,
  'mean-columnwise-rmsle': true,
};

function directionOf({ competition: { grader }, thresholds }: MleTask): boolean | null {
  return 'metric' in grader
    ? lowerIsBetterIn[grader.metric]
    : (thresholds?.is_lower_better ?? null);
}
