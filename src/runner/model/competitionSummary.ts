import type { CompetitionConfig } from './competitionConfig';
import type {
  CompetitionGrade,
  CompetitionReport,
  CompetitionResult,
  GradingReport,
} from './competitionReport';
import type { RunPlan } from './events';
import type { MedalThresholds } from './medals';
import { awardMedals } from './medals';
import type { TrialResult } from './result';
import { attemptKey } from './result';
import { mean, standardError } from './statistics';
import type { TechniqueGrades, TechniqueResult } from './technique';

/** Nothing was handed in. */
export const noSubmission: CompetitionGrade = {
  score: null,
  score_exact: null,
  submission_exists: false,
  valid_submission: false,
  message: 'there is no submission.csv',
};

/**
 * A grade against its competition's thresholds. The reported score, rounded to 5 digits, is what medals are awarded by,
 * as MLE-bench does.
 *
 * @param thresholds null where the competition has neither a leaderboard nor thresholds: then there are no medals
 */
export function competitionResult(
  { id }: Pick<CompetitionConfig, 'id'>,
  grade: CompetitionGrade,
  thresholds: MedalThresholds | null,
): CompetitionResult {
  const { score } = grade;
  const award = score === null || thresholds === null ? null : awardMedals(score, thresholds);
  return {
    competition_id: id,
    ...grade,
    gold_threshold: thresholds?.gold_threshold ?? null,
    silver_threshold: thresholds?.silver_threshold ?? null,
    bronze_threshold: thresholds?.bronze_threshold ?? null,
    median_threshold: thresholds?.median_threshold ?? null,
    any_medal: award?.any_medal ?? false,
    gold_medal: award?.gold_medal ?? false,
    silver_medal: award?.silver_medal ?? false,
    bronze_medal: award?.bronze_medal ?? false,
    above_median: award?.above_median ?? false,
    is_lower_better: thresholds?.is_lower_better ?? null,
  };
}

/** Whether a competition's trial counts as solved: it won a medal; where nothing is known of its leaderboard, it is valid. */
export function isCompetitionSolved({
  gold_threshold: gold,
  any_medal: medal,
  valid_submission: valid,
}: CompetitionResult): boolean {
  return gold === null ? valid : medal;
}

/** MLE-bench's report of one competition. */
export function competitionReport(
  result: CompetitionResult,
  {
    createdAt,
    submissionPath,
  }: { readonly createdAt: string; readonly submissionPath: string | null },
): CompetitionReport {
  const { message, score_exact: scoreExact, ...published } = result;
  return {
    ...published,
    created_at: createdAt,
    submission_path: submissionPath,
    score_exact: scoreExact,
    message,
  };
}

/** The reports of a run's competitions; what is no competition is left out. */
export function seededReports<T extends Pick<TrialResult, 'competition' | 'attempt'>>(
  results: readonly T[],
  factsOf: (result: T) => {
    readonly createdAt: string;
    readonly submissionPath: string | null;
  },
): readonly SeededReport[] {
  return results.flatMap((result) => {
    const { competition, attempt } = result;
    if (competition === undefined) return [];
    return [{ seed: attempt, report: competitionReport(competition, factsOf(result)) }];
  });
}

/** What a run's competitions and technique tasks have come to so far; null where it has none of the kind. */
export function runGrades(
  plan: Pick<RunPlan, 'created_at' | 'trials'>,
  results: readonly Pick<TrialResult, 'task_id' | 'attempt' | 'competition' | 'technique'>[],
): { readonly grading: GradingReport | null; readonly techniques: TechniqueGrades | null } {
  const trialIds = new Map(plan.trials.map((trial) => [attemptKey(trial), trial.trial_id]));
  const reports = seededReports(results, (result) => ({
    createdAt: plan.created_at,
    submissionPath:
      result.competition?.submission_exists === true
        ? `${trialIds.get(attemptKey(result)) ?? ''}/submission/submission.csv`
        : null,
  }));
  const techniques = results.flatMap(({ task_id: taskId, attempt, technique }) => {
    const [competition = taskId] = taskId.split('/');
    return technique === undefined ? [] : [{ competition, attempt, result: technique }];
  });
  return {
    grading: reports.length === 0 ? null : gradingReport(reports),
    techniques: techniques.length === 0 ? null : techniqueGrades(techniques),
  };
}

/** A report, and which of a competition's seeds it is of. */
export interface SeededReport {
  readonly seed: number;
  readonly report: CompetitionReport;
}

/** The aggregate of reports, with what several seeds (reports of one competition) came to. */
export function gradingReport(runs: readonly SeededReport[]): GradingReport {
  const reports = runs.map(({ report }) => report);
  const count = (test: (report: CompetitionReport) => boolean): number =>
    reports.filter(test).length;
  return {
    total_runs: reports.length,
    total_runs_with_submissions: count((report) => report.submission_exists),
    total_valid_submissions: count((report) => report.valid_submission),
    total_medals: count((report) => report.any_medal),
    total_gold_medals: count((report) => report.gold_medal),
    total_silver_medals: count((report) => report.silver_medal),
    total_bronze_medals: count((report) => report.bronze_medal),
    total_above_median: count((report) => report.above_median),
    any_medal_rate: medalRate(runs),
    by_competition: byCompetition(reports),
    competition_reports: reports,
  };
}

/** Share of competitions with a medal, seed by seed: MLE-bench reports its mean ± standard error. */
function medalRate(runs: readonly SeededReport[]): GradingReport['any_medal_rate'] {
  const seeds = grouped(runs, ({ seed }) => seed);
  const rates = [...seeds.values()].map((group) =>
    mean(group.map(({ report }) => Number(report.any_medal))),
  );
  return {
    mean: rates.length === 0 ? null : mean(rates),
    se: standardError(rates),
    seeds: rates.length,
  };
}

function byCompetition(reports: readonly CompetitionReport[]): GradingReport['by_competition'] {
  const groups = grouped(reports, (report) => report.competition_id);
  return [...groups].map(([id, group]) => {
    const scores = group.flatMap(({ score }) => (score === null ? [] : [score]));
    return {
      competition_id: id,
      n: group.length,
      valid: group.filter((report) => report.valid_submission).length,
      any_medal_rate: mean(group.map(({ any_medal: any }) => Number(any))),
      score_mean: scores.length === 0 ? null : mean(scores),
      score_se: standardError(scores),
    };
  });
}

/** technique_grades.json: every task of every competition. Of several seeds the last one of a task would hide the others, so their names get the seed. */
export function techniqueGrades(
  results: readonly {
    readonly competition: string;
    readonly attempt: number;
    readonly result: TechniqueResult;
  }[],
): TechniqueGrades {
  const several = results.some(({ attempt }) => attempt > 0);
  const grades: TechniqueGrades = {};
  for (const [competition, group] of grouped(results, (entry) => entry.competition)) {
    const tasks = group.map(({ attempt, result }) => {
      const name = several ? `${result.task}#${String(attempt)}` : result.task;
      return [name, result] as const;
    });
    const counted = group.filter(({ result }) => !result.not_applicable);
    const passed = counted.filter(({ result }) => result.passed).length;
    grades[competition] = {
      tasks: Object.fromEntries(tasks),
      summary: {
        total: counted.length,
        passed,
        pass_rate: counted.length === 0 ? null : passed / counted.length,
      },
    };
  }
  return grades;
}

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
