import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { CliOptions } from '../../support/cli';
import { cli, cliJson, program } from '../../support/cli';
import { HubServer } from '../../support/hubServer';
import { parquetOf } from '../../support/parquet';
import { sandboxes } from '../../support/sandboxes';
import { sharedData } from '../../support/sharedData';
import { temporaryFolder } from '../../support/temp';

const samples = path.join(import.meta.dirname, '../../../samples');
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

/** The sample tasks as columns, their repositories by their whole path. */
function sampleRows(): Record<string, unknown>[] {
  const lines = readFileSync(path.join(samples, 'seed_tasks.jsonl'), 'utf8').trim().split('\n');
  return lines
    .map((line) => z.looseObject({ repo: z.string() }).parse(JSON.parse(line)))
    .map((row) => ({ ...row, repo: path.join(samples, row.repo) }));
}

describe('datasets on the command line', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let hub: HubServer;
  beforeAll(async () => {
    folder = await temporaryFolder();
    hub = await HubServer.start();
    hub.put(lite, { 'data/test-00000-of-00001.parquet': parquetOf(rows) });
    hub.put('me/bench', { 'data/test-00000-of-00001.parquet': parquetOf(sampleRows()) });
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

  test('a task of the hub is run and validated; what is found stays with the dataset', async () => {
    const sandbox = sandboxes.at(-1) ?? 'docker';
    const only = ['--tasks', 'hub:me/bench', '--task-id', 'textkit__*'];
    const args = [...only, '--sandbox', sandbox, '--timeout-total', '300', '--timeout-test', '60'];
    const end = await cli(['swe', 'validate', ...args, '--timeout-install', '120'], here());
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toMatch(/^textkit__slugify-unicode +good/m);
    const cached = path.join(folder.path, 'cache/datasets/me/bench');
    const commit = (await readdir(cached)).find((name) => /^[0-9a-f]{40}$/.test(name)) ?? '';
    const kept = await readFile(path.join(cached, commit, 'test.validation.json'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({
      tasks: { 'textkit__slugify-unicode': { state: 'good' } },
    });
    const [run = ''] = await readdir(path.join(folder.path, 'sandbox/runs'));
    const plan = await readFile(path.join(folder.path, 'sandbox/runs', run, 'run.json'), 'utf8');
    expect(plan).toContain(`hub:me/bench@${commit}:test`);
  });

  test('help and version load nothing of it', async () => {
    expect(await readFile(program, 'utf8')).not.toContain('parquetReadObjects');
    expect((await cli(['run', '--help'], here())).stdout).toMatch(
      /hub:NAME\[@REVISION\]\[:SPLIT\]/,
    );
  });
});
