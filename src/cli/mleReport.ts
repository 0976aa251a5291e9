import { formatBytes, formatCount } from '../presentation/format';
import type { CompetitionListing, PreparedCompetition } from '../runner/index';
import type {
  CompetitionReport,
  GradingReport,
  MedalAward,
  TechniqueResult,
} from '../runner/model';
import { plainTable } from './summary';

function table(head: string[], rows: readonly (readonly string[])[]): string {
  const made = plainTable(head);
  for (const row of rows) made.push([...row]);
  return made.toString();
}

interface Medals {
  readonly gold_medal: boolean;
  readonly silver_medal: boolean;
  readonly bronze_medal: boolean;
}

function medalOf({ gold_medal: gold, silver_medal: silver, bronze_medal: bronze }: Medals): string {
  if (gold) return 'gold';
  if (silver) return 'silver';
  return bronze ? 'bronze' : 'none';
}

export function medalText(awards: readonly MedalAward[]): string {
  const [first] = awards;
  if (first === undefined) return '';
  const direction = first.is_lower_better ? 'lower is better' : 'higher is better';
  const thresholds = [
    ['gold', first.gold_threshold],
    ['silver', first.silver_threshold],
    ['bronze', first.bronze_threshold],
    ['median', first.median_threshold],
  ].map(([name, score]) => [String(name), String(score)]);
  const rows = awards.map((award) => [
    String(award.score),
    medalOf(award),
    award.above_median ? 'above' : 'not above',
  ]);
  const teams = first.num_teams === null ? '' : `${String(first.num_teams)} teams, `;
  return [
    `${teams}${direction}\n\n`,
    `${table(['threshold', 'score'], thresholds)}\n\n`,
    `${table(['score', 'medal', 'median'], rows)}\n`,
  ].join('');
}

/** What a competition is judged by, in a word. */
function metricOf({ config: { grader } }: CompetitionListing): string {
  return 'metric' in grader ? grader.metric : grader.name;
}

export function competitionsText(competitions: readonly CompetitionListing[]): string {
  const rows = competitions.map((competition) => [
    competition.id,
    competition.config.data_kind,
    metricOf(competition),
    competition.splits.join(' '),
    stateOf(competition),
  ]);
  return `${table(['competition', 'data', 'metric', 'lists', 'state'], rows)}\n`;
}

function stateOf({ complete, prepared, config }: CompetitionListing): string {
  if (prepared !== null) return `prepared (${formatBytes(prepared.bytes)})`;
  if (!complete) return 'described only';
  return config.generator === undefined ? 'not prepared' : 'made when it is needed';
}

export function preparedText(prepared: readonly PreparedCompetition[]): string {
  const rows = prepared.map(({ id, state, manifest, message }) => [
    id,
    state === 'already' ? 'prepared before' : state,
    message ?? rowsOf(manifest?.rows ?? {}),
  ]);
  return `${table(['competition', 'state', ''], rows)}\n`;
}

function rowsOf(rows: Readonly<Record<string, number>>): string {
  return Object.entries(rows)
    .map(([name, count]) => `${name} ${formatCount(count)}`)
    .join(', ');
}

/** One graded submission, line by line. */
export function reportText(report: CompetitionReport): string {
  if (!report.valid_submission) {
    const what = report.submission_exists ? 'invalid' : 'missing';
    return `${report.competition_id}: ${what}: ${report.message ?? ''}\n`;
  }
  const thresholds = [
    ['gold', report.gold_threshold],
    ['silver', report.silver_threshold],
    ['bronze', report.bronze_threshold],
    ['median', report.median_threshold],
  ].flatMap(([name, score]) => (score === null ? [] : [[String(name), String(score)]]));
  const board =
    thresholds.length === 0
      ? 'nothing is known of its leaderboard, so there are no medals\n'
      : `medal: ${medalOf(report)}; ${report.above_median ? 'above' : 'not above'} the median (${report.is_lower_better === true ? 'lower' : 'higher'} is better)\n\n${table(['threshold', 'score'], thresholds)}\n`;
  return `${report.competition_id}: score ${String(report.score)}\n${board}`;
}

/** Reports of many submissions: a line each, and what they come to together. */
export function gradingText(report: GradingReport): string {
  const rows = report.competition_reports.map((each) => [
    each.competition_id,
    each.score === null ? '' : String(each.score),
    each.valid_submission ? medalOf(each) : each.submission_exists ? 'invalid' : 'missing',
    each.valid_submission ? (each.above_median ? 'above' : 'not above') : (each.message ?? ''),
  ]);
  const several = report.by_competition.filter(({ n }) => n > 1);
  const seeds = several.map(({ competition_id: id, n, score_mean: mean, score_se: se }) => [
    id,
    String(n),
    mean === null ? '' : `${mean.toFixed(5)}${se === null ? '' : ` ± ${se.toFixed(5)}`}`,
  ]);
  const { any_medal_rate: rate } = report;
  const share =
    rate.mean === null
      ? ''
      : `, medals in ${(rate.mean * 100).toFixed(1)}${rate.se === null ? '' : ` ± ${(rate.se * 100).toFixed(1)}`} %`;
  return [
    `${table(['competition', 'score', 'medal', 'median'], rows)}\n\n`,
    ...(seeds.length === 0 ? [] : [`${table(['competition', 'seeds', 'score'], seeds)}\n\n`]),
    `${String(report.total_valid_submissions)} of ${String(report.total_runs)} valid, ${String(report.total_gold_medals)} gold, ${String(report.total_silver_medals)} silver, ${String(report.total_bronze_medals)} bronze${share}\n`,
  ].join('');
}

/** A technique task's checks. */
export function techniqueText({ task, score, passed, checks, message }: TechniqueResult): string {
  if (score === null) return `${task}: not applicable: ${message}\n`;
  const rows = checks.map((check) => [
    check.name,
    check.weight.toFixed(2),
    check.score.toFixed(3),
    check.message,
  ]);
  return `${task}: ${score.toFixed(3)}, ${passed ? 'passed' : 'not passed'}\n\n${table(['check', 'weight', 'score', ''], rows)}\n`;
}
