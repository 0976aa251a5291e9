import type { GradingReport, RunState, TrialResult } from '../runner/index';
import { gradingReport, seededReports } from '../runner/model';
import { formatCount, formatScore } from './format';

/** What one competition's seeds came to, for tables and pages. */
export interface CompetitionLine {
  readonly competition: string;
  /** `2/3` */
  readonly valid: string;
  readonly medals: string;
  /** `0.97996`; of several seeds `0.97996 ± 0.00210`, the standard error of the mean; empty where none is valid. */
  readonly score: string;
}

export function competitionLines(state: RunState): readonly CompetitionLine[] {
  const reports = seededReports(resultsOf(state), () => ({ createdAt: '', submissionPath: null }));
  return gradingReport(reports).by_competition.map((competition) => ({
    competition: competition.competition_id,
    valid: `${formatCount(competition.valid)}/${formatCount(competition.n)}`,
    medals: formatCount(Math.round(competition.any_medal_rate * competition.n)),
    score: scoreText(competition),
  }));
}

function scoreText({
  score_mean: mean,
  score_se: error,
}: GradingReport['by_competition'][number]): string {
  if (mean === null) return '';
  return error === null ? formatScore(mean) : `${formatScore(mean)} ± ${formatScore(error)}`;
}

/** How many trials of one technique task passed, for tables and pages. */
export interface TechniqueLine {
  readonly technique: string;
  /** `4/5`, of those whose data fits. */
  readonly passed: string;
  /** Those whose data does not fit; empty where there are none. */
  readonly notApplicable: string;
}

export function techniqueLines(state: RunState): readonly TechniqueLine[] {
  const counts = new Map<string, { passed: number; total: number; skipped: number }>();
  for (const { technique } of resultsOf(state)) {
    if (technique === undefined) continue;
    const count = counts.get(technique.task) ?? { passed: 0, total: 0, skipped: 0 };
    counts.set(technique.task, count);
    if (technique.not_applicable) count.skipped += 1;
    else count.total += 1;
    if (technique.passed) count.passed += 1;
  }
  return [...counts].map(([technique, { passed, total, skipped }]) => ({
    technique,
    passed: `${formatCount(passed)}/${formatCount(total)}`,
    notApplicable: skipped === 0 ? '' : formatCount(skipped),
  }));
}

function resultsOf({ trials }: RunState): readonly TrialResult[] {
  return [...trials.values()].flatMap(({ result }) => result ?? []);
}
