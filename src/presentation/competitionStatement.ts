import type {
  CompetitionListing,
  CompetitionPage,
  CompetitionReport,
  MedalThresholds,
  PreparedManifest,
  TechniqueTaskInfo,
} from '../runner/index';
import { medalThresholds, techniquePassMark } from '../runner/model';
import {
  dataKindName,
  lowerIsBetter,
  metricName,
  notRunnable,
  placeText,
  standingOf,
} from './competitionLabels';
import { formatBytes, formatCount, formatScore, formatShare, plural } from './format';
import { placeAmong } from './leaderboard';
import { inlineText } from './markdownText';
import { withoutHtml } from './taskStatement';
import { joinFacts } from './trialLabels';

/** A file of a competition's public data. */
export interface DataFile {
  /** A folder's ends with `/`. */
  readonly path: string;
  /** null: a folder, which nobody counted. */
  readonly bytes: number | null;
}

/** Columns and files beyond these are counted, not named. */
const namedColumns = 20;
const namedFiles = 40;

/**
 * A competition as a Markdown document: facts, its description, what is handed in, what medals ask for, its data.
 *
 * @param files of the public data, as far as it is prepared
 */
export function competitionStatement(page: CompetitionPage, files: readonly DataFile[]): string {
  const { config, description } = page;
  const body = withoutHtml(description.replaceAll('\r\n', '\n')).trim();
  const [, ownTitle, rest] = /^# +(.*)\n([^]*)$/.exec(body) ?? [];
  return [
    `# ${ownTitle ?? inlineText(config.name)}`,
    '',
    ...factsTable(factsOf(page)),
    (rest ?? body).trim(),
    '',
    ...submissionPart(page),
    ...thresholdsPart(thresholdsOf(page)),
    ...filesPart(files),
  ].join('\n');
}

/** A technique task as a Markdown document. */
export function techniqueStatement(
  info: TechniqueTaskInfo,
  listing: Pick<CompetitionListing, 'config' | 'complete' | 'prepared'>,
): string {
  const { config } = listing;
  const { train } = config.dataset;
  return [
    `# ${inlineText(info.title)}`,
    '',
    ...factsTable([
      ['Technique task', info.name],
      ['Data of', config.name],
      [
        'Made from',
        train === undefined ? 'this competition has no table to make it from' : train.file,
      ],
      ['Target', train?.target ?? ''],
      ['State', stateText(listing)],
    ]),
    inlineText(info.description),
    '',
    '## What Is Handed In',
    '',
    ...info.artifacts.map((name) => `- ${inlineText(name)}`),
    '',
    `The score is the weighted sum of the task's checks; ${formatShare(techniquePassMark)} pass. Each attempt has data of its own, drawn by its number. What is written in prose is kept and never scored.`,
    '',
  ].join('\n');
}

/** What grading one file came to, as a Markdown document. */
export function gradeStatement(
  report: CompetitionReport,
  { config, leaderboard }: Pick<CompetitionPage, 'config' | 'leaderboard'>,
): string {
  const { score, score_exact: exact, is_lower_better: lower } = report;
  const place =
    score === null || leaderboard === null || lower === null
      ? ''
      : placeText(placeAmong(leaderboard, score, lower), leaderboard.length);
  const thresholds = reportedThresholds(report);
  return [
    `# ${inlineText(config.name)}: ${standingOf(report)}`,
    '',
    ...factsTable([
      ['Score', score === null ? '' : formatScore(score)],
      ['Unrounded', exact === null || exact === score ? '' : String(exact)],
      ['Metric', metricText(config)],
      ['Place', place],
      [
        'Above the median',
        report.valid_submission && thresholds !== null ? yesNo(report.above_median) : '',
      ],
      ['Why', report.message ?? ''],
      ['File', report.submission_path ?? ''],
      ['Graded', report.created_at],
    ]),
    ...thresholdsPart(thresholds),
  ].join('\n');
}

type Facts = readonly (readonly [name: string, value: string])[];

function factsTable(facts: Facts): readonly string[] {
  const rows = facts.flatMap(([name, value]) =>
    value === '' ? [] : [`| ${name} | ${inlineText(value)} |`],
  );
  return ['| | |', '| --- | --- |', ...rows, ''];
}

function factsOf(page: CompetitionPage): Facts {
  const { config, splits } = page;
  return [
    ['Competition', config.id],
    ['Metric', metricText(config)],
    ['Data', dataKindName(config.data_kind)],
    ['State', stateText(page)],
    ['Lists', splits.join(', ')],
    ['Source', config.source ?? ''],
  ];
}

function metricText(config: CompetitionPage['config']): string {
  const lower = lowerIsBetter(config);
  return `${metricName(config)}${lower === null ? '' : lower ? ', lower is better' : ', higher is better'}`;
}

function stateText(listing: Pick<CompetitionListing, 'config' | 'complete' | 'prepared'>): string {
  const why = notRunnable(listing);
  if (why !== null) return why;
  return listing.prepared === null
    ? 'its data is generated when it is first needed'
    : `prepared: ${manifestText(listing.prepared)}`;
}

function manifestText(manifest: PreparedManifest): string {
  const rows = Object.entries(manifest.rows).map(
    ([name, count]) => `${plural(count, 'row')} of ${name}`,
  );
  return joinFacts([...rows, plural(manifest.files, 'file'), formatBytes(manifest.bytes)]);
}

function submissionPart({ config: { grader, dataset } }: CompetitionPage): readonly string[] {
  if (!('metric' in grader)) {
    return ['## Submission', '', `As ${inlineText(dataset.sample_submission)} has it.`, ''];
  }
  const { id_column: id, target_columns: targets } = grader;
  const columns = [...(id === null ? [] : [id]), ...targets];
  const more = columns.length - namedColumns;
  const shown = columns.slice(0, namedColumns).map((name) => `\`${name.replaceAll('`', "'")}\``);
  return [
    '## Submission',
    '',
    `Columns: ${shown.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}.`,
    '',
    id === null
      ? 'Rows are compared in their order, which is that of the sample.'
      : 'Rows may stand in any order: they are told apart by their ids.',
    '',
  ];
}

function thresholdsOf({
  config,
  leaderboard,
}: Pick<CompetitionPage, 'config' | 'leaderboard'>): MedalThresholds | null {
  return leaderboard === null || leaderboard.length === 0
    ? (config.thresholds ?? null)
    : medalThresholds(leaderboard);
}

function reportedThresholds(report: CompetitionReport): MedalThresholds | null {
  const {
    gold_threshold: gold,
    silver_threshold: silver,
    bronze_threshold: bronze,
    median_threshold: median,
    is_lower_better: lower,
  } = report;
  return gold === null || silver === null || bronze === null || median === null || lower === null
    ? null
    : {
        gold_threshold: gold,
        silver_threshold: silver,
        bronze_threshold: bronze,
        median_threshold: median,
        is_lower_better: lower,
        num_teams: null,
      };
}

function thresholdsPart(thresholds: MedalThresholds | null): readonly string[] {
  if (thresholds === null) return [];
  const { is_lower_better: lower, num_teams: teams } = thresholds;
  const row = (name: string, score: number): string => `| ${name} | ${formatScore(score)} |`;
  return [
    '## Medals',
    '',
    `| Medal | Score of at ${lower ? 'most' : 'least'} |`,
    '| --- | --- |',
    row('Gold', thresholds.gold_threshold),
    row('Silver', thresholds.silver_threshold),
    row('Bronze', thresholds.bronze_threshold),
    '',
    `The median is ${formatScore(thresholds.median_threshold)}${teams === null ? '' : ` of ${plural(teams, 'team')}`}; it has to be beaten.`,
    '',
  ];
}

function filesPart(files: readonly DataFile[]): readonly string[] {
  if (files.length === 0) return [];
  const more = files.length - namedFiles;
  return [
    '## Data Files',
    '',
    '| File | Size |',
    '| --- | ---: |',
    ...files
      .slice(0, namedFiles)
      .map(
        ({ path, bytes }) =>
          `| ${inlineText(path)} | ${bytes === null ? '' : formatBytes(bytes)} |`,
      ),
    '',
    ...(more > 0 ? [`*${formatCount(more)} more files.*`, ''] : []),
  ];
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
