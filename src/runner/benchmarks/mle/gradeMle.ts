import type {
  MleTask,
  TechniqueId,
  TechniqueResult,
  TestReport,
  TrialResult,
  TrialStatus,
} from '../../model';
import { competitionResult, isCompetitionSolved, noSubmission } from '../../model';
import type { Grade } from '../benchmark';

/** What became of a competition's submission, or of a technique task, in the words of a trial. */
export function gradeMle(task: MleTask, { competition, technique }: TestReport): Grade {
  if (technique !== undefined) {
    const status = technique.not_applicable
      ? 'not_applicable'
      : technique.passed
        ? 'passed'
        : 'failed';
    return grade(status, null, technique.message);
  }
  if (competition?.submission_exists !== true)
    return grade('empty_patch', null, competition?.message ?? null);
  const result = competitionResult(task.competition, competition, task.thresholds);
  if (!result.valid_submission) return grade('failed', 'invalid_submission', result.message);
  const solved = isCompetitionSolved(result);
  const score = `score ${String(result.score)}`;
  if (result.gold_threshold === null)
    return grade('passed', null, `${score}; nothing is known of the leaderboard`);
  const medal = result.gold_medal
    ? 'gold medal'
    : result.silver_medal
      ? 'silver medal'
      : result.bronze_medal
        ? 'bronze medal'
        : 'no medal';
  const median = result.above_median ? 'above the median' : 'not above the median';
  return grade(solved ? 'passed' : 'failed', null, `${score}, ${medal}, ${median}`);
}

function grade(status: Grade['status'], cause: string | null, detail: string | null): Grade {
  return { status, cause, detail, verdict: null };
}

/**
 * What a result of these tasks says besides. Whoever handed in nothing gets the grade of nothing; a trial that the
 * infrastructure ended gets none.
 */
export function mleResultFields(
  task: MleTask,
  {
    report,
    status,
    detail,
  }: {
    readonly report: TestReport | null;
    readonly status: TrialStatus;
    readonly detail: string | null;
  },
): Pick<TrialResult, 'competition' | 'technique'> {
  if (task.technique !== null) {
    const technique = report?.technique ?? ungradedTechnique(task.technique, { status, detail });
    return technique === null ? {} : { technique };
  }
  const grade = report?.competition ?? (status === 'empty_patch' ? noSubmission : null);
  return grade === null
    ? {}
    : { competition: competitionResult(task.competition, grade, task.thresholds) };
}

function ungradedTechnique(
  task: TechniqueId,
  { status, detail }: { readonly status: TrialStatus; readonly detail: string | null },
): TechniqueResult | null {
  const nothing = { task, passed: false, checks: [] };
  if (status === 'not_applicable')
    return { ...nothing, score: null, not_applicable: true, message: detail ?? 'not applicable' };
  return status === 'empty_patch'
    ? { ...nothing, score: 0, not_applicable: false, message: 'nothing was handed in' }
    : null;
}
