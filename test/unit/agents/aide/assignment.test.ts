import { describe, expect, it } from 'vitest';
import { assignmentOf } from '../../../../src/runner/agents/aide/assignment';
import type { MleTask } from '../../../../src/runner/model';
import { metricIdSchema } from '../../../../src/runner/model';
import { learningTask } from '../../../support/searchEpisode';

function gradedBy(grader: MleTask['competition']['grader'], more: Partial<MleTask> = {}): MleTask {
  return { ...learningTask, ...more, competition: { ...learningTask.competition, grader } };
}

const own = { name: 'own', grade_fn: 'grade.py:grade' };

describe('what a search knows of its task', () => {
  it('is the direction of every metric, whatever the leaderboard says', () => {
    const columns = { id_column: 'id', target_columns: ['odd'] };
    const lower = metricIdSchema.options.filter(
      (metric) => assignmentOf(gradedBy({ metric, ...columns })).lowerIsBetter,
    );
    expect(lower).toEqual([
      'log-loss',
      'multiclass-log-loss',
      'rmse',
      'rmsle',
      'mae',
      'mean-columnwise-rmsle',
    ]);
  });

  it('is the leaderboard’s direction for a grader of its own, and none where nothing is known', () => {
    const { thresholds } = learningTask;
    const lower = thresholds === null ? null : { ...thresholds, is_lower_better: true };
    expect(assignmentOf(gradedBy(own)).lowerIsBetter).toBe(false);
    expect(assignmentOf(gradedBy(own, { thresholds: lower })).lowerIsBetter).toBe(true);
    expect(assignmentOf(gradedBy(own, { thresholds: null })).lowerIsBetter).toBeNull();
  });

  it('is the files that are handed in', () => {
    expect(assignmentOf(learningTask)).toMatchObject({
      files: ['submission.csv'],
      handIn: expect.stringContaining('`/home/submission/submission.csv`') as string,
    });
    expect(assignmentOf({ ...learningTask, technique: 'cv' })).toMatchObject({
      files: ['cv_analysis.json', 'folds.csv'],
      handIn: expect.stringContaining('`/home/submission/folds.csv`') as string,
      lowerIsBetter: null,
    });
  });
});
