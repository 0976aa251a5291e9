import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { CliOptions } from '../../support/cli';
import { cli, cliJson, program } from '../../support/cli';
import { HubServer } from '../../support/hubServer';
import { parquetOf } from '../../support/parquet';
import { calculator, fixedCalculator, TestRepository } from '../../support/repositories';
import { describeOn, testCache, warmUp } from '../../support/sandboxes';
import { sharedData } from '../../support/sharedData';
import { temporaryFolder, testHost } from '../../support/temp';

const lite = 'SWE-bench/SWE-bench_Lite';

const listedSchema = z.object({
  tasks: z.array(
    z.looseObject({
      task_id: z.string(),
      source: z.object({ file: z.string(), line: z.int() }),
    }),
  ),
  errors: z.array(z.looseObject({ file: z.string(), line: z.int(), message: z.string() })),
});
type Listed = z.infer<typeof listedSchema>;

const rowOf = (id: string, more: object): Record<string, unknown> => ({
  instance_id: id,
  repo: id.replace('__', '/').replace(/-\d+$/, ''),
  base_commit: '0123456789abcdef0123456789abcdef01234567',
  patch: '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n',
  problem_statement: 'It breaks.',
  FAIL_TO_PASS: '["tests/test_x.py::test_x"]',
  PASS_TO_PASS: '[]',
  ...more,
});

const rows = [
  rowOf('pallets__flask-1', { version: '2.0', difficulty: '1-4 hours' }),
  rowOf('pallets__flask-2', { version: '2.1', difficulty: '<15 min fix' }),
  rowOf('psf__requests-3', { version: '2.10', difficulty: '15 min - 1 hour' }),
];

describe('datasets on the command line', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let hub: HubServer;
  beforeAll(async () => {
    folder = await temporaryFolder();
    hub = await HubServer.start();
    hub.put(lite, { 'data/test-00000-of-00001.parquet': parquetOf(rows) });
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
  const list = async (args: readonly string[], env = {}, status = 0): Promise<Listed> =>
    listedSchema.parse(await cliJson(['tasks', 'list', ...args], { ...here(env), status }));
  const ids = ({ tasks }: Listed): readonly string[] => tasks.map(({ task_id: id }) => id);

  test('a dataset of the hub is listed with the commit that was read', async () => {
    const { status, stdout, stderr } = await cli(['tasks', 'list', '--tasks', 'hub:lite'], here());
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/^downloading SWE-bench\/SWE-bench_Lite\/data\/test/m);
    expect(stdout).toMatch(/^task +dataset +repository +version +difficulty +ref +source/m);
    expect(stdout).toMatch(
      /^pallets__flask-2 +SWE-bench Lite \(test\) +pallets\/flask +2\.1 +<15 min fix +0123456789ab +hub:SWE-bench\/SWE-bench_Lite@[0-9a-f]{12}:test:2/m,
    );
    const listed = await list(['--tasks', 'hub:lite'], { HF_HUB_OFFLINE: '1' });
    expect(listed.tasks[0]).toMatchObject({
      dataset: 'SWE-bench Lite (test)',
      version: '2.0',
      difficulty: '1-4 hours',
      patch_lines: 2,
      tests: 1,
    });
    expect(listed.tasks[0]?.source.file).toMatch(
      /^hub:SWE-bench\/SWE-bench_Lite@[0-9a-f]{40}:test$/,
    );
  });

  test.each<[readonly string[], readonly string[]]>([
    [
      ['--repositories', 'flask'],
      ['pallets__flask-1', 'pallets__flask-2'],
    ],
    [['--task-id', 'psf__*'], ['psf__requests-3']],
    [
      ['--versions', '2.1*'],
      ['pallets__flask-2', 'psf__requests-3'],
    ],
    [
      ['--difficulties', '<15 min fix', '1-4*'],
      ['pallets__flask-1', 'pallets__flask-2'],
    ],
    [
      ['--order', 'small-first'],
      ['pallets__flask-2', 'psf__requests-3', 'pallets__flask-1'],
    ],
    [['--order', 'small-first', '--limit', '1'], ['pallets__flask-2']],
  ])('%j', async (args, expected) => {
    expect(ids(await list(['--tasks', 'hub:lite', ...args]))).toEqual(expected);
  });

  test('processes that want the same dataset download it once', async () => {
    const large = Array.from({ length: 2000 }, (_, n) => rowOf(`psf__requests-${String(n)}`, {}));
    hub.put('me/large', { 'data/test-00000-of-00001.parquet': parquetOf(large) });
    hub.requests.length = 0;
    const listed = await Promise.all([1, 2, 3].map(() => list(['--tasks', 'hub:me/large'])));
    expect(listed.map(({ tasks }) => tasks.length)).toEqual([2000, 2000, 2000]);
    expect(hub.downloads).toHaveLength(1);
  });

  test('what is wrong with a source stands where its rows would', async () => {
    const { errors } = await list(['--tasks', 'hub:nobody/nothing', 'hub:lite'], {}, 2);
    expect(errors).toMatchObject([{ file: 'hub:nobody/nothing', line: 0 }]);
    const run = await cli(['run', '--tasks', 'hub:nobody/nothing'], here());
    expect([run.status, run.stderr]).toEqual([
      2,
      expect.stringMatching(/hub:nobody\/nothing:0: .*does not exist or is private/),
    ]);
  });

  test('the rows of Lite are the same from text and from Parquet', async ({ skip }) => {
    const file = sharedData('swe/SWE-bench_Lite.dev.jsonl');
    if (file === null) return skip('its rows are not at hand');
    const values = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
    await writeFile(path.join(folder.path, 'dev.parquet'), new Uint8Array(parquetOf(values)));
    await writeFile(path.join(folder.path, 'dev.json'), JSON.stringify(values));
    const plain = ({ tasks, errors }: Listed): unknown => {
      expect(errors).toEqual([]);
      return tasks.map(({ source, ...task }) => ({ ...task, dataset: '', line: source.line }));
    };
    const fromText = plain(await list(['--tasks', file]));
    expect(fromText).toHaveLength(23);
    expect(plain(await list(['--tasks', 'dev.parquet']))).toEqual(fromText);
    expect(plain(await list(['--tasks', 'dev.json']))).toEqual(fromText);
  });

  test('help and version load nothing of it', async () => {
    expect(await readFile(program, 'utf8')).not.toContain('parquetReadObjects');
    expect((await cli(['run', '--help'], here())).stdout).toMatch(
      /hub:NAME\[@REVISION\]\[:SPLIT\]/,
    );
  });
});

describeOn('docker', 'a dataset of the hub', () => {
  test('is validated; what is found stays with it', async () => {
    await using folder = await temporaryFolder();
    await using hub = await HubServer.start();
    const cache = await testCache(folder.path);
    await warmUp('docker', testHost(folder.path));
    const repository = await TestRepository.make(path.join(folder.path, 'calculator'), calculator);
    const patch = await repository.patch({ 'calc/__init__.py': fixedCalculator });
    const row = { task_id: 'calculator-1', repo: repository.path, ref: 'main', patch };
    const commit = hub.put('me/bench', { 'data/test-00000-of-00001.parquet': parquetOf([row]) });
    const limits = ['install', 'test', 'total'].flatMap((stage) => [
      `--timeout-${stage}`,
      stage === 'total' ? '600' : '120',
    ]);
    const args = ['--tasks', 'hub:me/bench', '--sandbox', 'docker', ...limits];
    const end = await cli(['swe', 'validate', ...args], {
      cwd: folder.path,
      env: { HF_ENDPOINT: hub.endpoint, BENCHYARD_CACHE: cache },
    });
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toMatch(/^calculator-1 +good/m);
    const kept = path.join(cache, 'datasets/me/bench', commit, 'test.validation.json');
    expect(JSON.parse(await readFile(kept, 'utf8'))).toMatchObject({
      tasks: { 'calculator-1': { state: 'good' } },
    });
    const runs = path.join(folder.path, 'sandbox/runs');
    const [run = ''] = (await readdir(runs)).filter((name) => name.includes('run-group'));
    const plan = await readFile(path.join(runs, run, 'run.json'), 'utf8');
    const pinned = `hub:me/bench@${commit}:test`;
    expect(JSON.parse(plan)).toMatchObject({
      config: { tasks: [pinned] },
      trials: [{ source: { file: pinned, line: 1 } }],
    });
  });
});
