import type { CompetitionConfig, CompetitionResult } from '../runner/index';
import { lowerIsBetter, metricName, placeText, standingOf } from './competitionLabels';
import { formatCount, formatScore, plural } from './format';
import type { Standings } from './leaderboard';
import { makeBoard } from './leaderboard';
import type { Board, LeaderboardView } from './leaderboardMessages';
import type { Tone } from './reportMessages';
import { joinWords } from './trialLabels';

/** What was handed in by a trial, or by hand. */
export interface BoardEntry {
  readonly id: string;
  /** `attempt 2`, `dummy, attempt 1`. */
  readonly name: string;
  readonly result: CompetitionResult;
  /** Whether it counts as solved. */
  readonly solved: boolean;
}

export interface BoardSubject {
  readonly config: Pick<CompetitionConfig, 'id' | 'name' | 'grader' | 'thresholds'>;
  readonly standings: Standings;
  readonly entries: readonly BoardEntry[];
  /** Whose entries these are, for people. */
  readonly of: string;
}

/** The page of a leaderboard with submissions on it. */
export function leaderboardView({ config, standings, entries, of }: BoardSubject): LeaderboardView {
  const board = makeBoard(
    standings,
    entries.flatMap(({ id, name, result: { score } }) =>
      score === null ? [] : [{ id, name, score }],
    ),
  );
  const lower = board?.lowerIsBetter ?? lowerIsBetter(config);
  const rows = entries.map((entry) => entryRow(entry, board));
  return {
    title: config.name,
    subtitle: [
      metricName(config),
      lower === null ? '' : lower ? 'lower is better' : 'higher is better',
      teamsOf(board),
      of,
    ].filter((text) => text !== ''),
    status: statusOf(entries),
    board,
    alternative: alternativeOf(config.name, board, rows),
    note: noteOf(board),
    thresholds: (board?.lines ?? []).map((line) => ({
      name: line.name,
      cells: [lineTitles[line.name], formatScore(line.score), placesOf(line, board)],
    })),
    entries: rows,
  };
}

function teamsOf(board: Board | null): string {
  const teams = board?.teams ?? null;
  return teams === null ? '' : plural(teams, 'team');
}

const lineTitles: Readonly<Record<Board['lines'][number]['name'], string>> = {
  gold: 'Gold',
  silver: 'Silver',
  bronze: 'Bronze',
  median: 'Median',
};

/** Places that get a medal: those behind the medal before. */
function placesOf({ name, place }: Board['lines'][number], board: Board | null): string {
  if (place === null) return '';
  if (name === 'median') return `better than ${formatCount(place)}`;
  const order = ['gold', 'silver', 'bronze'] as const;
  const before = order[order.indexOf(name) - 1];
  const from = 1 + (board?.lines.find((line) => line.name === before)?.place ?? 0);
  return from >= place ? formatCount(place) : `${formatCount(from)}–${formatCount(place)}`;
}

function entryRow(entry: BoardEntry, board: Board | null): LeaderboardView['entries'][number] {
  const { id, name, result } = entry;
  const place = board?.marks.find((mark) => mark.id === id)?.place ?? null;
  const where = place === null || board === null ? '' : whereOf(place, board);
  const score = result.score === null ? '' : formatScore(result.score);
  const standing = standingOf(result);
  const message = result.message ?? '';
  return {
    id,
    tone: toneOf(entry),
    label: joinWords([
      name,
      standing,
      score === '' ? '' : `score ${score}`,
      where === '' ? '' : `place ${where}`,
      message,
    ]),
    cells: [name, score, where, message === '' ? standing : `${standing}: ${message}`],
    comparable: result.submission_exists,
  };
}

/** `412 of 1,622`; `about 412 of 1,622` where only thresholds are known. */
function whereOf(place: number, { teams, whole }: Board): string {
  if (whole) return placeText(Math.min(place, (teams ?? place) + 1), teams);
  return `about ${placeText(Math.max(1, Math.round(place)), teams)}`;
}

function toneOf({ result, solved }: BoardEntry): Tone {
  if (!result.valid_submission) return 'warning';
  return solved ? 'passed' : 'failed';
}

const bestFirst: readonly string[] = [
  'gold medal',
  'silver medal',
  'bronze medal',
  'above median',
  'valid submission',
  'no medal',
];

/** The best that was reached. */
function statusOf(entries: readonly BoardEntry[]): LeaderboardView['status'] {
  const rank = (label: string): number => {
    const place = bestFirst.indexOf(label);
    return place === -1 ? bestFirst.length : place;
  };
  const [best] = entries
    .map((entry) => ({ label: standingOf(entry.result), tone: toneOf(entry) }))
    .sort((a, b) => rank(a.label) - rank(b.label));
  return best ?? { label: 'no submission yet', tone: 'idle' };
}

function alternativeOf(
  name: string,
  board: Board | null,
  rows: LeaderboardView['entries'],
): string {
  if (board === null) return `Nothing is known of the leaderboard of ${name}.`;
  const first = board.curve[0];
  const last = board.curve.at(-1);
  const scores =
    first === undefined || last === undefined || !board.whole
      ? `Thresholds of ${name}.`
      : `Scores of ${plural(board.teams ?? 0, 'team')} of ${name} by place, from ${formatScore(first.score)} to ${formatScore(last.score)}.`;
  const lines = board.lines.map((line) => `${lineTitles[line.name]} at ${formatScore(line.score)}`);
  return [scores, `${lines.join(', ')}.`, ...rows.map(({ label }) => `${label}.`)].join(' ');
}

function noteOf(board: Board | null): string {
  if (board === null)
    return 'Neither a leaderboard nor thresholds of this competition are here, so there are no medals.';
  if (board.whole) return '';
  return board.teams === null
    ? 'Only the thresholds of the medals are known, and not how many teams there were.'
    : 'Only the thresholds of the medals are known: places between them are estimated.';
}
