import type { MedalAward } from '../model';
import type { CallOptions } from './calls';

/** Competitions, their leaderboards and medals. */
export interface CompetitionCalls {
  /**
   * Holds scores against a leaderboard (a CSV with a column `score`, the best team first), in the order of the scores.
   * Rejects with `not-found` or `invalid-config` when it cannot be read.
   */
  medals(
    leaderboard: string,
    scores: readonly number[],
    options: CallOptions,
  ): Promise<readonly MedalAward[]>;
}
