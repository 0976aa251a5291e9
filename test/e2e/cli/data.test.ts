import { existsSync, readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { CliOptions } from '../../support/cli';
import { cli, cliJson, CliProcess } from '../../support/cli';
import type { HubRow } from '../../support/contestParquet';
import { contestParquet, writeLargeParquet } from '../../support/contestParquet';
import { HubServer } from '../../support/hubServer';
import { temporaryFolder } from '../../support/temp';

const repository = 'deepmind/code_contests';
const two = { input: ['1 2', '3 4'], output: ['3', '7'] };

const problem = (n: number): HubRow => ({
  name: `${String(n)}_A. Sum`,
  description: 'Add two numbers.',
  public_tests: two,
  private_tests: two,
  source: 2,
  difficulty: 7,
  solutions: { language: [3, 2], solution: ['print(sum(map(int, input().split())))', 'int main'] },
  cf_tags: ['math'],
  time_limit: { seconds: 2, nanos: 0 },
});
const problems = (count: number): readonly HubRow[] =>
  Array.from({ length: count }, (_, n) => problem(n));

const manifestSchema = z.looseObject({
  name: z.string(),
  splits: z.array(z.looseObject({ name: z.string(), rows: z.int() })),
});

describe('data on the command line', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let hub: HubServer;
  beforeAll(async () => {
    folder = await temporaryFolder();
    hub = await HubServer.start();
    hub.put(repository, {
      'data/train-00000-of-00001.parquet': contestParquet(problems(40)),
      'data/test-00000-of-00001.parquet': contestParquet(problems(3)),
    });
  });
  afterAll(async () => {
    await hub[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  const here = (env: Readonly<Record<string, string>> = {}): CliOptions => ({
    cwd: folder.path,
    env: {
      HF_ENDPOINT: hub.endpoint,
      HF_TOKEN: '',
      HF_HUB_OFFLINE: '',
      BENCHYARD_CACHE: path.join(folder.path, 'cache'),
      ...env,
    },
  });
  const etl = (name: string, ...args: readonly string[]): readonly string[] => [
    ...['data', 'etl', '--source', repository, '--output-dataset-name', name],
    ...args,
  ];
  const saved = (): Promise<readonly string[]> =>
    readdir(path.join(folder.path, 'cache/datasets/saved')).catch(() => []);

  test("etl with AlphaCodium's own spelling saves a dataset and tells how far it is", async () => {
    const args = [
      ...['data', 'etl', '--source', repository, '--output_dataset_name', 'small'],
      ...['--translate_references', '--filter_languages', 'python3', '--train_sample', '0.1'],
    ];
    const { status, stdout, stderr } = await cli(args, here());
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^small: 7 problems of deepmind\/code_contests at [0-9a-f]{12} \(/);
    expect(stdout).toMatch(/^train +4 +40 +4 +80 +0 +0 /m);
    expect(stderr).toMatch(/^\[#{20}\] download: (.+) of \1/m);
    expect(stderr).toMatch(/^\[#{20}\] train: 40 of 40 rows/m);
  });

  test('the manifest is the one document of --json; what was downloaded goes on without a network', async () => {
    const offline = here({ HF_HUB_OFFLINE: '1' });
    const args = etl('offline', '--splits', 'test', '--seed', '3');
    const manifest = manifestSchema.parse(await cliJson(args, offline));
    expect(manifest).toMatchObject({
      name: 'offline',
      seed: 3,
      splits: [{ name: 'test', rows: 3 }],
    });
    const listed = z
      .object({ datasets: z.array(manifestSchema) })
      .parse(await cliJson(['data', 'list'], here()));
    expect(listed.datasets.map(({ name }) => name)).toEqual(['offline', 'small']);
    const { stdout } = await cli(['data', 'list'], here());
    expect(stdout).toMatch(/^small +train, test +7 /m);
  });

  test('a dataset, its tasks and one of them can be looked at', async () => {
    expect(await cliJson(['data', 'show', 'small'], here())).toMatchObject({ name: 'small' });
    const split = await cli(['data', 'show', 'small', '--split', 'test'], here());
    expect(split.stdout).toMatch(/^0_A\. Sum +Codeforces +A +2 +math/m);
    const task = ['data', 'show', 'small', '--task', '1_A. Sum', '--split', 'test'];
    expect((await cli(task, here())).stdout).toContain('Add two numbers.');
    expect(await cliJson(task, here())).toMatchObject({
      task_id: '1_A. Sum',
      origin: 'CODEFORCES',
      difficulty: 'A',
      time_limit: 2,
      private_tests: [
        { input: '1 2', output: '3' },
        { input: '3 4', output: '7' },
      ],
      solutions: [{ language: 'PYTHON3' }],
    });
  });

  test('its tasks are a source of tasks', async () => {
    const listed = await cliJson(['tasks', 'list', '--tasks', 'data:small:test'], here());
    expect(listed).toMatchObject({
      tasks: [
        {
          task_id: '0_A. Sum',
          benchmark: 'contests',
          source: { file: 'data:small:test', line: 1 },
        },
        { task_id: '1_A. Sum' },
        { task_id: '2_A. Sum' },
      ],
      errors: [],
    });
  });

  test('clean removes what was downloaded, not what was saved', async () => {
    const listed = JSON.stringify(await cliJson(['clean', '--cache', '--dry-run'], here()));
    expect(listed).toContain(path.join('datasets', 'deepmind'));
    expect(listed).not.toContain(path.join('datasets', 'saved'));
  });

  test('a download that breaks is gone on with', async () => {
    hub.put('somebody/contests', { 'test.parquet': contestParquet(problems(5)) });
    hub.faults.push({ kind: 'break', after: 500 });
    const before = hub.downloads.length;
    const args = ['data', 'etl', '--source', 'somebody/contests', '--output-dataset-name', 'broke'];
    const { status, stderr } = await cli(args, here());
    expect(status, stderr).toBe(0);
    expect(hub.downloads).toHaveLength(before + 2);
    expect(stderr).toMatch(/cannot be reached \(.+\)\. Trying again\./);
  });

  test.each([
    [['--filter-languages', 'COBOL'], /Expected UNKNOWN_LANGUAGE, PYTHON, CPP, PYTHON3, JAVA/],
    [['--train-sample', '2'], /Expected a number from/],
    [['--splits', 'dev'], /no split "dev"; it has train, test/],
    [['--filter-languages', 'JAVA'], /No solution in JAVA is left/],
    [['--seed', '-1'], /Expected a number from 0 up/],
  ])('what cannot be is told, and nothing is written: %j', async (args, message) => {
    const { status, stdout, stderr } = await cli(etl('never', ...args), here());
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(await saved()).not.toContain('never');
  });

  test('a damaged file is told with its name and what to do', async () => {
    const whole = new Uint8Array(contestParquet(problems(20)));
    await writeFile(path.join(folder.path, 'cut.parquet'), whole.subarray(0, whole.length - 50));
    const args = ['data', 'etl', '--source', 'cut.parquet', '--output-dataset-name', 'never'];
    const { status, stderr } = await cli(args, here());
    expect(status).toBe(2);
    expect(stderr).toMatch(/cut\.parquet:0: this is not a Parquet file.*download or make it anew/);
    expect((await saved()).filter((name) => name.includes('never'))).toEqual([]);
  });

  test('an interrupt leaves nothing half-written', async () => {
    writeLargeParquet(path.join(folder.path, 'some.parquet'), {
      rows: 20,
      textsPerRow: 200,
      textLength: 8000,
    });
    const args = ['data', 'etl', '--source', 'some.parquet', '--output-dataset-name', 'never'];
    const running = new CliProcess(args, here());
    await running.says(/train: \d+ of 20/);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    expect((await saved()).filter((name) => name.includes('never'))).toEqual([]);
  });

  // What a process holds at most is told by Linux alone.
  test.runIf(existsSync('/proc/self/status'))(
    'a row group of 400 MB needs no more memory than a small one',
    async () => {
      writeLargeParquet(path.join(folder.path, 'large.parquet'), {
        rows: 50,
        textsPerRow: 1000,
        textLength: 8000,
      });
      const args = ['data', 'etl', '--source', 'large.parquet', '--output-dataset-name', 'large'];
      // The texts alone would be more than this heap can hold.
      const env = { NODE_OPTIONS: '--max-old-space-size=160' };
      const running = new CliProcess([...args, '--filter-languages', 'PYTHON3'], here(env));
      let peakKb = 0;
      const over = new AbortController();
      const ended = running.ended.finally(() => {
        over.abort();
      });
      while (!over.signal.aborted) {
        peakKb = Math.max(peakKb, peakOf(running.pid));
        await delay(10);
      }
      const { status, stdout, stderr } = await ended;
      expect(status, stderr).toBe(0);
      expect(stdout).toMatch(/^train +50 +50 +25,000 +50,000/m);
      expect(peakKb).toBeGreaterThan(0);
      expect(peakKb / 1024).toBeLessThan(600);
    },
  );
});

/** The most memory that a process has had, in KiB; 0 when it has ended. */
function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
