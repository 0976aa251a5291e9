import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLeaderboard } from '../../../src/runner/benchmarks/mle/leaderboard';
import { awardMedals, medalThresholds } from '../../../src/runner/model';
import { Programs, lastLine, shippedCompetition } from '../../support/mle/programs';
import { mlePython } from '../../support/mlePython';
import { temporaryFolder } from '../../support/temp';

const python = await mlePython();

const demos = [
  ['tabular', { train: 4500, test: 1500 }, 'sample_submission.csv'],
  ['text', { train: 2700, test: 900 }, 'sample_submission.csv'],
  ['images', { train: 1200, test: 400 }, 'sample_submission.csv'],
] as const;

describe.skipIf(python === null)('a demonstration competition', { timeout: 300_000 }, () => {
  test.each(demos)(
    'demo-%s is made by a seed, and its medals are between models that were trained on it',
    async (kind, rows, sample) => {
      await using folder = await temporaryFolder();
      const at = (...names: readonly string[]): string => path.join(folder.path, ...names);
      await using programs = await Programs.in(at('programs'), python ?? '');
      const id = `demo-${kind}`;
      await shippedCompetition(id, at('competition'));

      const argv = [
        '--competition',
        at('competition'),
        '--out',
        at('out'),
        '--generate',
        '--seed',
        '0',
      ];
      const [prepared] = await programs.run([{ program: 'mle_prepare.py', argv }]);
      expect(prepared && lastLine(prepared)).toEqual({ rows });

      await mkdir(at('submissions'));
      await programs.support('demo_baselines.py', kind, at('out'), at('submissions'));
      const files = ['plain', 'better', 'strong'].map((name) => at('submissions', `${name}.csv`));
      const grades = await programs.grades(
        [at('out', 'public', sample), ...files].map((file) => [
          ...['--competition', at('competition'), '--public', at('out', 'public')],
          ...['--private', at('out', 'private'), '--submission', file],
        ]),
      );
      const board = await readLeaderboard(path.resolve('competitions', id, 'leaderboard.csv'));
      const thresholds = medalThresholds(board);
      const awards = grades.map(({ score }) => awardMedals(score ?? NaN, thresholds));
      expect(thresholds.num_teams).toBe(120);
      expect(
        awards.map(({ above_median, bronze_medal, silver_medal, gold_medal }) => [
          ...[above_median, bronze_medal, silver_medal, gold_medal],
        ]),
      ).toEqual([
        [false, false, false, false],
        [true, true, false, false],
        [true, false, true, false],
        [true, false, false, true],
      ]);
    },
  );
});
