import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { cli, cliJson } from '../../support/cli';
import { temporaryFolder } from '../../support/temp';

let folder: { path: string } & AsyncDisposable;
beforeAll(async () => {
  folder = await temporaryFolder();
  const teams = Array.from({ length: 10 }, (_, place) => `${String(place)},${String(place / 2)}\n`);
  await writeFile(path.join(folder.path, 'board.csv'), `teamId,score\n${teams.join('')}`);
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('mle medal', () => {
  test('--json has the published names, one award a score, negative scores included', async () => {
    const args = ['mle', 'medal', '--leaderboard', 'board.csv', '--score', '-1', '1.5', '4.5'];
    const awards = z
      .array(z.record(z.string(), z.unknown()))
      .parse(await cliJson(args, { cwd: folder.path }));
    expect(awards.map(({ score }) => score)).toEqual([-1, 1.5, 4.5]);
    expect(Object.entries(awards[1] ?? {})).toEqual(
      Object.entries({
        score: 1.5,
        gold_medal: false,
        silver_medal: false,
        bronze_medal: true,
        any_medal: true,
        above_median: true,
        gold_threshold: 0,
        silver_threshold: 0.5,
        bronze_threshold: 1.5,
        median_threshold: 2.25,
        is_lower_better: true,
        num_teams: 10,
      }),
    );
  });

  test('text tells direction, thresholds and medals', async () => {
    const { stdout, status } = await cli(
      ['mle', 'medal', '--leaderboard', 'board.csv', '--score', '0', '--score', '5'],
      { cwd: folder.path },
    );
    expect(status).toBe(0);
    expect(stdout).toContain('10 teams, lower is better');
    expect(stdout).toMatch(/^gold +0 *$/m);
    expect(stdout).toMatch(/^0 +gold +above *$/m);
    expect(stdout).toMatch(/^5 +none +not above *$/m);
  });

  test.each([
    ['a score that is no number', ['--leaderboard', 'board.csv', '--score', 'x']],
    ['a leaderboard that is not there', ['--leaderboard', 'none.csv', '--score', '1']],
    ['no score', ['--leaderboard', 'board.csv']],
  ])('%s: status 2', async (_, args) => {
    const { status, stdout, stderr } = await cli(['mle', 'medal', ...args], { cwd: folder.path });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });
});
