import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCompetitionFolder } from '../../../src/runner/benchmarks/mle/competitionRegistry';
import { readLeaderboard } from '../../../src/runner/benchmarks/mle/leaderboard';
import { mlePrograms } from '../../../src/runner/benchmarks/mle/sandboxed';
import { awardMedals, medalThresholds } from '../../../src/runner/model';

const root = path.resolve('competitions');
const entries = await readdir(root, { withFileTypes: true });
const ids = entries
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const filesOf = (id: string): Promise<readonly string[]> => readdir(path.join(root, id));
const listOf = async (name: string): Promise<readonly string[]> =>
  (await readFile(path.resolve('experiments/splits', `${name}.txt`), 'utf8')).trim().split('\n');

describe('the registry that is shipped', () => {
  test.each(ids)('%s is whole', async (id) => {
    const files = await filesOf(id);
    const { config } = (await readCompetitionFolder(path.join(root, id))) ?? {};
    expect(config?.id).toBe(id);
    expect(files).toContain('description.md');
    for (const reference of [config?.preparer, config?.generator])
      if (reference !== undefined) expect(files).toContain(reference.split(':')[0]);
    expect(config?.preparer).toBeDefined();

    const description = await readFile(path.join(root, id, 'description.md'), 'utf8');
    expect(description).toContain(config?.dataset.sample_submission);
    const columns = config !== undefined && 'metric' in config.grader ? config.grader : undefined;
    expect(description).toContain(`\`${columns?.id_column ?? ''}\``);
    if (config?.generator === undefined)
      expect(description).toContain(`https://www.kaggle.com/c/${id}`);
  });

  test.each(ids)('%s has medals, the better ones for better scores', async (id) => {
    const { config } = (await readCompetitionFolder(path.join(root, id))) ?? {};
    const board = (await filesOf(id)).includes('leaderboard.csv');
    expect(board).toBe(config?.thresholds === undefined);
    const thresholds =
      config?.thresholds ??
      medalThresholds(await readLeaderboard(path.join(root, id, 'leaderboard.csv')));
    const { gold_threshold, silver_threshold, bronze_threshold, median_threshold } = thresholds;
    const inOrder = [gold_threshold, silver_threshold, bronze_threshold, median_threshold];
    const better = thresholds.is_lower_better ? 1 : -1;
    expect([...inOrder].sort((a, b) => better * (a - b))).toEqual(inOrder);
    expect(awardMedals(gold_threshold, thresholds).gold_medal).toBe(true);

    const lowerIsBetter = [
      'rmse',
      'rmsle',
      'mae',
      'log-loss',
      'multiclass-log-loss',
      'mean-columnwise-rmsle',
    ];
    const metric = config !== undefined && 'metric' in config.grader ? config.grader.metric : '';
    expect(thresholds.is_lower_better).toBe(lowerIsBetter.includes(metric));
  });

  test('has the lists of MLE-bench, and of what there is to try', async () => {
    const [lite, low, medium, high] = await Promise.all(
      ['lite', 'low', 'medium', 'high'].map(listOf),
    );
    expect([lite?.length, medium?.length, high?.length]).toEqual([22, 38, 15]);
    expect(low).toEqual(lite);
    expect(new Set([...(low ?? []), ...(medium ?? []), ...(high ?? [])]).size).toBe(75);
    const demo = await listOf('demo');
    expect(ids).toEqual([...(lite ?? []), ...demo].sort());
    expect(await listOf('dev')).toEqual([
      'random-acts-of-pizza',
      'spooky-author-identification',
      'dogs-vs-cats-redux-kernels-edition',
    ]);
  });
});

test('every Python program of sandboxes is brought into them', async () => {
  const folder = path.resolve('src/runner/benchmarks/mle/sandboxed');
  const programs = (await readdir(folder)).filter((name) => name.endsWith('.py'));
  expect(Object.keys(mlePrograms).sort()).toEqual(programs.sort());
});
