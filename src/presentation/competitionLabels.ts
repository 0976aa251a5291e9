import type {
  CompetitionConfig,
  CompetitionListing,
  CompetitionResult,
  DataKind,
  MetricId,
  TechniqueResult,
  TrialResult,
} from '../runner/index';
import { formatCount, formatScore, formatShare } from './format';

const metricNames: Readonly<Record<MetricId, string>> = {
  auc: 'AUC',
  'log-loss': 'Log loss',
  'multiclass-log-loss': 'Multi-class log loss',
  accuracy: 'Accuracy',
  rmse: 'RMSE',
  rmsle: 'RMSLE',
  mae: 'MAE',
  'quadratic-kappa': 'Quadratic weighted kappa',
  f1: 'F1',
  'mean-columnwise-auc': 'Mean column-wise AUC',
  'mean-columnwise-rmsle': 'Mean column-wise RMSLE',
};

const errorMetrics: ReadonlySet<MetricId> = new Set([
  'log-loss',
  'multiclass-log-loss',
  'rmse',
  'rmsle',
  'mae',
  'mean-columnwise-rmsle',
]);

/** What a competition is scored by, as people call it. */
export function metricName({ grader }: Pick<CompetitionConfig, 'grader'>): string {
  return 'metric' in grader ? metricNames[grader.metric] : grader.name;
}

/** Whether a lower score is better; null: nothing tells. */
export function lowerIsBetter({
  grader,
  thresholds,
}: Pick<CompetitionConfig, 'grader' | 'thresholds'>): boolean | null {
  if (thresholds !== undefined) return thresholds.is_lower_better;
  return 'metric' in grader ? errorMetrics.has(grader.metric) : null;
}

const kindNames: Readonly<Record<DataKind, string>> = {
  tabular: 'tabular',
  text: 'text',
  image: 'images',
  audio: 'audio',
  sequence: 'sequences',
};

export function dataKindName(kind: DataKind): string {
  return kindNames[kind];
}

/** What can be done with a competition here. `generated`: its data is made when it is first needed. */
export type CompetitionState = 'prepared' | 'generated' | 'unprepared' | 'described';

type Listed = Pick<CompetitionListing, 'config' | 'complete' | 'prepared'>;

export function competitionState({ config, complete, prepared }: Listed): CompetitionState {
  if (prepared !== null) return 'prepared';
  if (!complete) return 'described';
  return config.generator === undefined ? 'unprepared' : 'generated';
}

/** Why a competition cannot be run; null: it can. */
export function notRunnable(listing: Listed): string | null {
  switch (competitionState(listing)) {
    case 'prepared':
    case 'generated':
      return null;
    case 'unprepared':
      return 'its data is not prepared yet: “Prepare Competition…” does it';
    case 'described':
      return 'it is described only: nobody has written how its data is prepared';
  }
}

/** `not prepared`, as a row of a tree says it; what is ready needs no word. */
export function stateWords(state: CompetitionState): string {
  switch (state) {
    case 'prepared':
    case 'generated':
      return '';
    case 'unprepared':
      return 'not prepared';
    case 'described':
      return 'described only';
  }
}

export type Medal = 'gold' | 'silver' | 'bronze';

type Awards = Pick<CompetitionResult, 'gold_medal' | 'silver_medal' | 'bronze_medal'>;

export function medalOf(result: Awards): Medal | null {
  if (result.gold_medal) return 'gold';
  if (result.silver_medal) return 'silver';
  return result.bronze_medal ? 'bronze' : null;
}

type Standing = Awards &
  Pick<
    CompetitionResult,
    'valid_submission' | 'submission_exists' | 'above_median' | 'gold_threshold'
  >;

/** What a submission is worth, in two words. */
export function standingOf(result: Standing): string {
  if (!result.submission_exists) return 'no submission';
  if (!result.valid_submission) return 'invalid submission';
  const medal = medalOf(result);
  if (medal !== null) return `${medal} medal`;
  if (result.gold_threshold === null) return 'valid submission';
  return result.above_median ? 'above median' : 'no medal';
}

/** `silver medal · 0.97996`: what a competition's or a technique task's trial came to; of others, nothing. */
export function mleFacts({
  competition,
  technique,
}: Pick<TrialResult, 'competition' | 'technique'>): readonly string[] {
  if (competition !== undefined) {
    const { score } = competition;
    return [standingOf(competition), score === null ? '' : formatScore(score)];
  }
  return technique === undefined ? [] : techniqueFacts(technique);
}

/** The same for a screen reader. */
export function spokenMle(
  result: Pick<TrialResult, 'competition' | 'technique'>,
): readonly string[] {
  const [standing = '', score = ''] = mleFacts(result);
  return [standing, score === '' ? '' : `score ${score}`].filter((text) => text !== '');
}

function techniqueFacts({
  not_applicable: notApplicable,
  passed,
  score,
}: TechniqueResult): readonly string[] {
  if (notApplicable) return ['not applicable'];
  return [passed ? 'passed' : 'not passed', score === null ? '' : formatShare(score)];
}

/** `412 of 1,622`; `412` where nobody counted the teams. */
export function placeText(place: number, teams: number | null): string {
  return teams === null ? formatCount(place) : `${formatCount(place)} of ${formatCount(teams)}`;
}
