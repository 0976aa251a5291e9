import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLeaderboard } from '../../../src/runner/benchmarks/mle/leaderboard';
import { awardMedals, medalThresholds } from '../../../src/runner/model';
import { temporaryFolder } from '../../support/temp';

/** A leaderboard of so many teams, the best first: n, n-1, …, 1. */
const board = (teams: number): readonly number[] =>
  Array.from({ length: teams }, (_, place) => teams - place);

describe('the places that get medals', () => {
  // At each border of the published table: place of the last gold, silver and bronze.
  test.each([
    [1, 1, 1, 1],
    [2, 1, 1, 1],
    [10, 1, 2, 4],
    [99, 9, 19, 39],
    [100, 10, 20, 40],
    [249, 10, 49, 99],
    [250, 10, 50, 100],
    [499, 10, 50, 100],
    [500, 11, 50, 100],
    [999, 11, 50, 100],
    [1000, 12, 50, 100],
    [2289, 14, 114, 228],
  ])('%i teams', (teams, gold, silver, bronze) => {
    const thresholds = medalThresholds(board(teams));
    const placeOf = (score: number): number => teams - score + 1;
    expect([
      placeOf(thresholds.gold_threshold),
      placeOf(thresholds.silver_threshold),
      placeOf(thresholds.bronze_threshold),
    ]).toEqual([gold, silver, bronze]);
  });

  test('medals include their threshold and exclude each other', () => {
    const thresholds = medalThresholds(board(10));
    const medals = [10, 9.5, 9, 8, 7, 6.9].map((score) => {
      const award = awardMedals(score, thresholds);
      return [award.gold_medal, award.silver_medal, award.bronze_medal, award.any_medal];
    });
    const gold = [true, false, false, true];
    const silver = [false, true, false, true];
    const bronze = [false, false, true, true];
    expect(medals).toEqual([gold, silver, silver, bronze, bronze, [false, false, false, false]]);
  });

  test('lower is better where the first score is lower than the last', () => {
    const thresholds = medalThresholds([...board(10)].reverse());
    expect(thresholds.is_lower_better).toBe(true);
    expect(awardMedals(1, thresholds).gold_medal).toBe(true);
    expect(awardMedals(10, thresholds).any_medal).toBe(false);
  });

  test('the median has to be beaten', () => {
    const higher = medalThresholds([4, 3, 2, 1]);
    expect(higher.median_threshold).toBe(2.5);
    expect(awardMedals(2.5, higher).above_median).toBe(false);
    expect(awardMedals(2.6, higher).above_median).toBe(true);
    expect(awardMedals(2.4, medalThresholds([1, 2, 3, 4])).above_median).toBe(true);
  });

  test('teams with equal scores: higher is better', () => {
    const thresholds = medalThresholds([0.5, 0.5]);
    expect(thresholds.is_lower_better).toBe(false);
    expect(awardMedals(0.5, thresholds)).toMatchObject({ gold_medal: true, above_median: false });
  });
});

describe("a leaderboard's file", () => {
  const read = async (content: string): Promise<readonly number[]> => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'leaderboard.csv');
    await writeFile(file, content);
    return await readLeaderboard(file);
  };

  test('columns in any order, quoted names, a BOM, CRLF and empty lines', async () => {
    const scores = await read(
      '\uFEFFteam,score,date\r\n"A, B",-1.5,x\r\n\r\n"say ""hi""",2e-3,y\r\n',
    );
    expect(scores).toEqual([-1.5, 0.002]);
  });

  test.each([
    ['no column', 'team,points\nA,1\n', 'names no column "score"'],
    ['no team', 'score\n', 'no team'],
    ['an empty file', '', 'names no column "score"'],
    ['a score that is no number', 'team,score\nA,1\nB,x\n', ':3: score: expected a number'],
    ['a score that is missing', 'team,score\nA,\n', ':2: score: expected a number'],
    ['an open quote', 'team,score\n"A,1\n', 'leaderboard.csv: '],
  ])('%s is refused with its place', async (_, content, message) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining(message) as string,
    });
  });

  test('a file that is not there is told', async () => {
    await expect(readLeaderboard('/no/such/leaderboard.csv')).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
