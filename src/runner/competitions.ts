import path from 'node:path';
import { readLeaderboard } from './benchmarks/mle/leaderboard';
import type { Host } from './host';
import { awardMedals, medalThresholds } from './model';
import type { CompetitionCalls } from './runner';

/** The facade's part that knows competitions. */
export function openCompetitions(host: Host): CompetitionCalls {
  return {
    medals: async (leaderboard, scores) => {
      const file = path.resolve(host.cwd, leaderboard);
      const thresholds = medalThresholds(await readLeaderboard(file));
      return scores.map((score) => awardMedals(score, thresholds));
    },
  };
}
