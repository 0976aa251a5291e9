/**
 * Kaggle's medals as MLE-bench awards them, from a competition's final leaderboard.
 *
 * The rules are those of MLE-bench (arXiv 2410.07095) and of Kaggle's progression system.
 */

/** What a competition's leaderboard asks for each medal. */
export interface MedalThresholds {
  readonly gold_threshold: number;
  readonly silver_threshold: number;
  readonly bronze_threshold: number;
  readonly median_threshold: number;
  readonly is_lower_better: boolean;
  /** null: only the thresholds are known, not the whole leaderboard. */
  readonly num_teams: number | null;
}

/** A score held against a leaderboard. Medals exclude each other; `any_medal` is one of them. */
export interface MedalAward extends MedalThresholds {
  readonly score: number;
  readonly gold_medal: boolean;
  readonly silver_medal: boolean;
  readonly bronze_medal: boolean;
  readonly any_medal: boolean;
  readonly above_median: boolean;
}

/** The last place, from 1, that still gets each medal among so many teams. */
export function medalPlaces(teams: number): Readonly<Record<'gold' | 'silver' | 'bronze', number>> {
  const share = (part: number): number => Math.max(1, Math.floor(teams * part));
  if (teams < 100) return { gold: share(0.1), silver: share(0.2), bronze: share(0.4) };
  if (teams < 250) return { gold: 10, silver: share(0.2), bronze: share(0.4) };
  const gold = 10 + Math.floor(teams * 0.002);
  if (teams < 1000) return { gold, silver: 50, bronze: 100 };
  return { gold, silver: share(0.05), bronze: share(0.1) };
}

/**
 * The thresholds of a leaderboard.
 *
 * @param scores of all teams, in the leaderboard's order: the best first, which also tells whether lower is better
 * @throws RangeError when there is no team
 */
export function medalThresholds(scores: readonly number[]): MedalThresholds {
  const places = medalPlaces(scores.length);
  return {
    gold_threshold: scoreAt(scores, places.gold),
    silver_threshold: scoreAt(scores, places.silver),
    bronze_threshold: scoreAt(scores, places.bronze),
    median_threshold: median(scores),
    is_lower_better: scoreAt(scores, 1) < scoreAt(scores, scores.length),
    num_teams: scores.length,
  };
}

/** Medals include their threshold; the median has to be beaten. */
export function awardMedals(score: number, thresholds: MedalThresholds): MedalAward {
  const { gold_threshold, silver_threshold, bronze_threshold, median_threshold } = thresholds;
  const beats = (other: number): boolean =>
    thresholds.is_lower_better ? score < other : score > other;
  const reaches = (other: number): boolean => score === other || beats(other);
  const gold = reaches(gold_threshold);
  const silver = !gold && reaches(silver_threshold);
  const bronze = !gold && !silver && reaches(bronze_threshold);
  return {
    score,
    gold_medal: gold,
    silver_medal: silver,
    bronze_medal: bronze,
    any_medal: gold || silver || bronze,
    above_median: beats(median_threshold),
    ...thresholds,
  };
}

function scoreAt(scores: readonly number[], place: number): number {
  const score = scores[place - 1];
  if (score === undefined) throw new RangeError('a leaderboard has at least one team');
  return score;
}

function median(scores: readonly number[]): number {
  const sorted = [...scores].sort((a, b) => a - b);
  const upper = Math.floor(sorted.length / 2);
  const high = scoreAt(sorted, upper + 1);
  return sorted.length % 2 === 1 ? high : (scoreAt(sorted, upper) + high) / 2;
}
