import { access } from 'node:fs/promises';
import path from 'node:path';
import type { CompetitionConfig, MedalThresholds } from '../../model';
import { medalThresholds } from '../../model';
import { readLeaderboard } from './leaderboard';

export const leaderboardFile = 'leaderboard.csv';

/** The scores of a competition's leaderboard, the best team first; null where the whole board is not in its folder. */
export async function leaderboardOf(folder: string): Promise<readonly number[] | null> {
  const file = path.join(folder, leaderboardFile);
  const there = await access(file).then(
    () => true,
    () => false,
  );
  return there ? await readLeaderboard(file) : null;
}

/** What a competition's medals need: from its leaderboard, else from its configuration; null where it has neither. */
export async function thresholdsOf(
  { thresholds }: Pick<CompetitionConfig, 'thresholds'>,
  folder: string,
): Promise<MedalThresholds | null> {
  const scores = await leaderboardOf(folder);
  return scores === null ? (thresholds ?? null) : medalThresholds(scores);
}
