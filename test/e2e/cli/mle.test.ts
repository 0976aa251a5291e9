import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  competitionReportSchema,
  gradingReportSchema,
  preparedManifestSchema,
  techniqueResultSchema,
} from '../../../src/runner/model';
import { cli, cliJson } from '../../support/cli';
import { KaggleServer } from '../../support/kaggleServer';
import { heightsOff, people, writeHeights } from '../../support/mle/heights';
import { learning, sandboxes, testCache, warmUp } from '../../support/sandboxes';
import { temporaryFolder, testHost } from '../../support/temp';

const [sandbox] = sandboxes;

let folder: { path: string } & AsyncDisposable;
let kaggle: KaggleServer;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await temporaryFolder();
  kaggle = await KaggleServer.start();
  const cache = await testCache(folder.path);
  env = {
    BENCHYARD_CACHE: cache,
    BENCHYARD_KAGGLE_URL: kaggle.url,
    KAGGLE_API_TOKEN: 'KGAT_good',
  };
  await writeHeights(path.join(folder.path, 'mine'));
  await write('raw/heights/people.csv', people());
  if (sandbox !== undefined)
    await warmUp(sandbox, testHost(folder.path, { cacheDir: cache }), learning);
});
afterAll(async () => {
  await kaggle[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function write(file: string, text: string): Promise<void> {
  const target = path.join(folder.path, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
}

const options = (more: Readonly<Record<string, string>> = {}) => ({
  cwd: folder.path,
  env: { ...env, ...more },
});
const mle = (...args: readonly string[]) => cli(['mle', ...args], options());
const mleJson = (args: readonly string[], status = 0): Promise<unknown> =>
  cliJson(['mle', ...args], { ...options(), status });
const mine = ['--registry', 'mine'];
const work = [...mine, '--sandbox', sandbox ?? 'auto'];

const listingSchema = z.object({
  competitions: z.array(
    z.looseObject({
      id: z.string(),
      splits: z.array(z.string()),
      complete: z.boolean(),
      prepared: preparedManifestSchema.nullable(),
    }),
  ),
});
const preparedSchema = z.object({
  competitions: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['prepared', 'already', 'failed']),
      manifest: preparedManifestSchema.nullable(),
      message: z.string().nullable(),
    }),
  ),
});

describe('mle list', () => {
  test("has what is shipped and the user's own, with lists and states", async () => {
    const { competitions } = listingSchema.parse(await mleJson(['list', ...mine]));
    const of = (id: string) => competitions.find((competition) => competition.id === id);
    expect(competitions.map(({ id }) => id)).toEqual(competitions.map(({ id }) => id).sort());
    expect(of('heights')).toMatchObject({ splits: [], complete: true, prepared: null });
    expect(of('random-acts-of-pizza')?.splits).toEqual(['dev', 'lite', 'low']);
    const { stdout, status } = await mle('list', ...mine);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^heights +tabular +rmse +not prepared *$/m);
    expect(stdout).toMatch(/^demo-tabular +tabular +auc +demo +made when it is needed *$/m);
  });
});

describe.concurrent('bad input', () => {
  const set = ['--competition-set', 'set.txt'];
  beforeAll(async () => {
    await write('set.txt', 'heights\n');
    await write('unknown.txt', 'heights\nweights\n');
    await write('container.json', '{"mem_limit": "a lot", "cpus": 3}');
    await write('broken.json', '{');
    await write('list.jsonl', '# a list\n{"competition_id": "heights"}\n');
  });

  test.each([
    [['run', ...mine], /--competition-set FILE/],
    [['run', ...mine, '--competition-set', 'none.txt'], /no list of competitions "none.txt"/],
    [['run', ...mine, '--competition-set', 'unknown.txt'], /no competition "weights"/],
    [
      ['run', ...mine, ...set, '--tasks', 'hope'],
      /imbalance, missing, encoding, cv, scaling, leak/,
    ],
    [['run', ...mine, ...set, '--lite'], /none of the set is a lite one/],
    [['run', ...mine, ...set, '--no-competitions'], /Nothing is left to run/],
    [['run', ...mine, ...set, '--n-seeds', '0'], /number from 1/],
    [['run', ...mine, ...set], /mle prepare -c heights/],
    [['run', ...mine, ...set, '--container-config', 'container.json'], /"cpus"[^]*mem_limit/],
    [['run', ...mine, ...set, '--container-config', 'broken.json'], /broken\.json/],
    [['run', ...mine, ...set, '--container-config', 'none.json'], /none\.json/],
    [['run', '--registry', 'nowhere', ...set], /no folder of competitions/],
    [['prepare'], /-c ID, --lite, or -l FILE/],
    [['prepare', '-c', 'weights'], /no competition "weights"/],
    [['grade-sample', 'set.txt', 'heights', ...mine], /mle prepare -c heights/],
    [['grade-sample', 'none.csv', 'heights', ...mine], /There is no file .*none\.csv/],
    [['grade', '--submission', 'list.jsonl', ...mine], /list\.jsonl:2: [^]*submission_path/],
    [['grade', '--submission', 'none.jsonl', ...mine], /no list of submissions/],
    [['technique', 'prepare', '--task', 'hope', '--out', 'x'], /imbalance, missing/],
    [['technique', 'grade', '--dir', 'none', '--answers', '.'], /There is no .*none/],
  ])('%j is refused with status 2', async (args, message) => {
    const { status, stdout, stderr } = await mle(...args);
    expect(status, stderr).toBe(2);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
  });
});

describe.skipIf(sandbox === undefined)(`competitions (${sandbox ?? 'no sandbox'})`, () => {
  test('that cannot be downloaded say what to do, with status 1', async () => {
    kaggle.put('heights-of-people', {
      files: { 'people.csv': { bytes: Buffer.from(people()) } },
      rulesOpen: true,
    });
    const args = ['prepare', '-c', 'heights', ...work];
    const refused = await mle(...args);
    expect(refused.status).toBe(1);
    expect(refused.stdout).toContain('https://www.kaggle.com/c/heights-of-people/rules');
    const { competitions } = preparedSchema.parse(await mleJson(args, 1));
    expect(competitions).toMatchObject([{ id: 'heights', state: 'failed', manifest: null }]);
    const stranger = await cli(['mle', ...args], options({ KAGGLE_API_TOKEN: 'KGAT_bad' }));
    expect(stranger.status).toBe(1);
    expect(stranger.stdout).toContain('KAGGLE_API_TOKEN');
    expect(stranger.stdout + stranger.stderr).not.toContain('KGAT_bad');
  });

  test('are downloaded and prepared', async () => {
    kaggle.put('heights-of-people', { files: { 'people.csv': { bytes: Buffer.from(people()) } } });
    const { competitions } = preparedSchema.parse(
      await mleJson(['prepare', '-c', 'heights', '--data-dir', 'downloaded', ...work]),
    );
    expect(competitions).toMatchObject([
      { state: 'prepared', manifest: { rows: { train: 40, test: 20 } } },
    ]);
  });

  test('are prepared from a folder, once', async () => {
    const args = ['prepare', '-c', 'heights', '--from', 'raw', ...work];
    const { status, stdout, stderr } = await mle(...args);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^heights +prepared +train 40, test 20 *$/m);
    const { competitions } = preparedSchema.parse(await mleJson(args));
    expect(competitions).toMatchObject([{ id: 'heights', state: 'already' }]);
    const listed = listingSchema.parse(await mleJson(['list', ...mine]));
    const heights = listed.competitions.find(({ id }) => id === 'heights');
    expect(heights?.prepared).toEqual(competitions[0]?.manifest);
    const prepared = path.join(env['BENCHYARD_CACHE'] ?? '', 'mle/heights/prepared');
    expect(await readFile(path.join(prepared, 'public/test.csv'), 'utf8')).not.toMatch(/height/);
    // What was taken is where it was.
    expect(await readFile(path.join(folder.path, 'raw/heights/people.csv'), 'utf8')).toBe(people());
  });

  test('grade one submission', async () => {
    await write('good.csv', heightsOff(1.234567));
    await write('bad.csv', heightsOff(1).replace(/\np3,.*/, ''));
    const report = competitionReportSchema.parse(
      await mleJson(['grade-sample', 'good.csv', 'heights', ...work]),
    );
    expect(report).toMatchObject({ score: 1.23457, silver_medal: true, above_median: true });
    expect(report.score_exact).toBeCloseTo(1.234567, 12);
    const refused = await mle('grade-sample', 'bad.csv', 'heights', ...work);
    expect(refused.status).toBe(1);
    expect(refused.stdout).toMatch(/^heights: invalid: .+/);
  });

  test('grade many submissions, and keep the report', async () => {
    await write('gold.csv', heightsOff(0));
    await write('silver.csv', heightsOff(2));
    await write('wrong.csv', 'id,height\n');
    const lines = ['gold.csv', 'silver.csv', 'wrong.csv', 'never-made.csv', null].map((file) =>
      JSON.stringify({ competition_id: 'heights', submission_path: file, logs_path: null }),
    );
    await write('list.jsonl', `# mine\n\n// yours\n${lines.join('\n')}\n`);
    const report = gradingReportSchema.parse(
      await mleJson(['grade', '--submission', 'list.jsonl', '--output-dir', 'graded', ...work]),
    );
    expect(report).toMatchObject({
      total_runs: 5,
      total_runs_with_submissions: 3,
      total_valid_submissions: 2,
      total_gold_medals: 1,
      total_silver_medals: 1,
      total_bronze_medals: 0,
      by_competition: [{ n: 5, valid: 2, score_mean: 1, score_se: 1 }],
    });
    const kept: unknown = JSON.parse(
      await readFile(path.join(folder.path, 'graded/grading_report.json'), 'utf8'),
    );
    expect(kept).toEqual(report);
  });

  test('are run: two seeds of the sample', async () => {
    await write('set.txt', '# one\nheights\n');
    await write('container.json', '{"mem_limit": null, "shm_size": "1G", "nano_cpus": 2e9}');
    const outcome = z
      .object({
        run_dir: z.string(),
        run_id: z.string(),
        totals: z.looseObject({}),
        trials: z.array(z.looseObject({ task_id: z.string(), status: z.string() })),
      })
      .parse(
        await mleJson([
          ...['run', '--agent', 'dummy', '--competition-set', 'set.txt', '--n-seeds', '2'],
          ...['--n-workers', '2', '--container-config', 'container.json', '--seed', '3', ...work],
        ]),
      );
    expect(path.dirname(outcome.run_dir)).toBe(path.join(folder.path, 'runs'));
    expect(outcome.trials).toMatchObject(
      [0, 1].map((attempt) => ({
        task_id: 'heights',
        attempt,
        agent: 'dummy',
        status: 'failed',
        competition: { score: 10, any_medal: false, bronze_threshold: 4 },
      })),
    );
    const report = await cli(['report', outcome.run_dir, '--format', 'json'], options());
    expect(report.status, report.stderr).toBe(0);
    expect(report.stdout).toMatch(/"failed",\s+"2"/);
  });

  test('technique tasks are made and graded without a run', async () => {
    const made = ['technique', 'prepare', '--task', 'cv', '--seed', '5', '--out', 'task', ...work];
    expect(await mleJson(made)).toEqual({ task: 'cv', applicable: true, reason: null });
    const seen = await readFile(path.join(folder.path, 'task/public/task.json'), 'utf8');
    expect(JSON.parse(seen)).toMatchObject({ task: 'cv' });
    const again = await mle(...made);
    expect([again.status, again.stderr]).toEqual([
      2,
      expect.stringMatching(/is there already; name another folder \(--out\)/),
    ]);
    await write('answers/cv_analysis.json', '{"recommended_strategy": "kfold"}');
    const result = techniqueResultSchema.parse(
      await mleJson(['technique', 'grade', '--dir', 'task', '--answers', 'answers', ...work]),
    );
    expect(result).toMatchObject({ task: 'cv', passed: false, not_applicable: false });
    expect(result.checks.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    const text = await mle('technique', 'grade', '--dir', 'task', '--answers', 'answers', ...work);
    expect(text.status).toBe(0);
    expect(text.stdout).toMatch(/^cv: \d\.\d{3}, not passed/);
    await write('numbers.csv', `name\n${'a\n'.repeat(5)}`);
    expect(
      await mleJson([
        ...['technique', 'prepare', '--task', 'imbalance', '--data', 'numbers.csv'],
        ...['--out', 'nothing', ...work],
      ]),
    ).toMatchObject({ applicable: false, reason: expect.any(String) as string });
  });
});
