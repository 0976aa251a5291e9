import type { MedalThresholds } from '../runner/index';
import { medalPlaces, medalThresholds } from '../runner/model';
import type { Board, LineName, Placed } from './leaderboardMessages';

/** A submission that stands on the board. */
export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly score: number;
}

/** What is known of a competition's final leaderboard. */
export interface Standings {
  /** Of all teams, the best first; null: not here. */
  readonly scores: readonly number[] | null;
  /** Where the scores are not. */
  readonly thresholds: MedalThresholds | null;
}

/** Points that a curve of any number of teams is drawn through. */
const curvePoints = 240;

/** A board with submissions on it; null: nothing is known of the leaderboard. */
export function makeBoard(
  { scores, thresholds: given }: Standings,
  entries: readonly Entry[],
): Board | null {
  const whole = scores !== null && scores.length > 0;
  const thresholds = whole ? medalThresholds(scores) : given;
  if (thresholds === null) return null;
  const { is_lower_better: lowerIsBetter, num_teams: teams } = thresholds;
  const lines = linesOf(thresholds);
  const curve = [...(whole ? sampled(scores) : knownPoints(lines))];
  return {
    lowerIsBetter,
    teams,
    curve,
    whole,
    lines,
    marks: entries.map((entry) => ({
      ...entry,
      place: whole
        ? placeAmong(scores, entry.score, lowerIsBetter)
        : placeBetween(curve, { score: entry.score, teams, lowerIsBetter }),
    })),
  };
}

/** The place that a score would have had, from 1: behind all that are better, beside those that are equal. */
export function placeAmong(
  scores: readonly number[],
  score: number,
  lowerIsBetter: boolean,
): number {
  return 1 + scores.filter((other) => (lowerIsBetter ? other < score : other > score)).length;
}

function linesOf(thresholds: MedalThresholds): Board['lines'] {
  const { num_teams: teams } = thresholds;
  const places = teams === null ? null : medalPlaces(teams);
  const line = (name: LineName, place: number | null): Board['lines'][number] => ({
    name,
    score: thresholds[`${name}_threshold`],
    place,
  });
  return [
    line('gold', places?.gold ?? null),
    line('silver', places?.silver ?? null),
    line('bronze', places?.bronze ?? null),
    line('median', teams === null ? null : Math.ceil(teams / 2)),
  ];
}

/** Points at places that are as far from each other as an axis of magnitudes shows them. */
function sampled(scores: readonly number[]): readonly Placed[] {
  const last = scores.length;
  const places = new Set([1, last]);
  for (let n = 1; n < curvePoints; n += 1) places.add(Math.round(last ** (n / curvePoints)));
  return [...places]
    .sort((a, b) => a - b)
    .flatMap((place) => {
      const score = scores[place - 1];
      return score === undefined ? [] : [{ place, score }];
    });
}

function knownPoints(lines: Board['lines']): readonly Placed[] {
  return lines
    .flatMap(({ place, score }) => (place === null ? [] : [{ place, score }]))
    .sort((a, b) => a.place - b.place);
}

/** Roughly where a score stands between the places that are known; beyond them, nobody can tell how far. */
function placeBetween(
  curve: readonly Placed[],
  options: {
    readonly score: number;
    readonly teams: number | null;
    readonly lowerIsBetter: boolean;
  },
): number | null {
  const { score, teams, lowerIsBetter } = options;
  const [first] = curve;
  const last = curve.at(-1);
  if (teams === null || first === undefined || last === undefined) return null;
  const isWorse = (other: number): boolean => (lowerIsBetter ? other > score : other < score);
  const next = curve.findIndex((point) => isWorse(point.score));
  if (next === 0) return Math.sqrt(first.place);
  const before = curve[(next === -1 ? curve.length : next) - 1] ?? last;
  const after = curve[next];
  if (after === undefined)
    return before.score === score ? before.place : Math.sqrt(before.place * teams);
  const share = (before.score - score) / (before.score - after.score);
  return before.place * (after.place / before.place) ** share;
}
