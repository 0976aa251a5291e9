import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HubDatasets } from '../../../src/runner/datasets/hub/hubDatasets';
import { TaskSources } from '../../../src/runner/datasets/taskSources';
import type { LoadedTasks } from '../../../src/runner/index';
import { HubServer } from '../../support/hubServer';
import { never, temporaryFolder, testHost } from '../../support/temp';
import { multiRow, sweRow } from '../swe/rows/samples';
import { parquetOf } from '../../support/parquet';

const lite = 'SWE-bench/SWE-bench_Lite';
const rowOf = (n: number): typeof sweRow => ({
  ...sweRow,
  instance_id: `owner__project-${String(n)}`,
});

const devName = 'dev-00000-of-00001.parquet';
const dev = parquetOf([rowOf(1)]);

let hub: HubServer;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let said: string[];

beforeEach(async () => {
  hub = await HubServer.start();
  folder = await temporaryFolder();
  said = [];
});

afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A process of its own, as far as what it remembers goes. */
async function load(
  sources: string | readonly string[],
  env: Readonly<Record<string, string>> = {},
  { signal = never, firstPauseMs = 1 } = {},
): Promise<LoadedTasks> {
  const host = testHost(folder.path, { env: { HF_ENDPOINT: hub.endpoint, ...env } });
  const datasets = new HubDatasets(host, { firstPauseMs });
  return await new TaskSources(host, datasets).load([sources].flat(), {
    signal,
    onProgress: (line) => said.push(line),
  });
}

const idsOf = ({ tasks }: LoadedTasks): readonly string[] => tasks.map(({ taskId }) => taskId);

/** The one thing that is wrong with the source. */
function messageOf({ tasks, problems }: LoadedTasks): string {
  expect(tasks).toEqual([]);
  expect(problems).toMatchObject([{ line: 0, field: '' }]);
  return problems[0]?.message ?? '';
}

async function filesInCache(): Promise<readonly string[]> {
  const all = await readdir(path.join(folder.path, 'cache'), { recursive: true });
  return all
    .filter((name) => /\.(parquet|part|lock)$/.test(name))
    .map((name) => path.basename(name));
}

function putLite(): string {
  return hub.put(lite, {
    'README.md': '# Lite',
    '.gitattributes': '',
    [`data/${devName}`]: dev,
    'data/test-00000-of-00002.parquet': parquetOf([rowOf(2), rowOf(3)]),
    'data/test-00001-of-00002.parquet': parquetOf([rowOf(4)]),
  });
}

describe('a dataset of the hub', () => {
  test('by its short name: the usual split, all of its files, pinned to a commit', async () => {
    const commit = putLite();
    const loaded = await load('hub:lite');
    expect(loaded.problems).toEqual([]);
    expect(idsOf(loaded)).toEqual(['owner__project-2', 'owner__project-3', 'owner__project-4']);
    expect(loaded.tasks.map(({ dataset, source }) => [dataset, source])).toEqual(
      [1, 2, 3].map((line) => [
        'SWE-bench Lite (test)',
        { file: `hub:${lite}@${commit}:test`, line },
      ]),
    );
    expect(said.filter((line) => line.startsWith('downloading'))).toHaveLength(2);
  });

  test('is downloaded once, and asked for no more when it is pinned', async () => {
    putLite();
    const { tasks } = await load('hub:lite:dev');
    hub.requests.length = 0;
    await load('hub:lite:dev');
    expect(hub.requests.map(({ path: asked }) => asked)).toEqual([
      `/api/datasets/${lite}/revision/main`,
    ]);
    const again = await load(tasks[0]?.source.file ?? '');
    expect(again).toEqual({ tasks, problems: [] });
    expect(hub.requests).toHaveLength(1);
  });

  test('a new commit of a branch is found, and the one before can still be named', async () => {
    const before = putLite();
    await load('hub:lite:dev');
    const after = hub.put(lite, { 'data/dev-00000-of-00001.parquet': parquetOf([rowOf(9)]) });
    expect(idsOf(await load('hub:lite:dev'))).toEqual(['owner__project-9']);
    expect(after).not.toBe(before);
    expect(idsOf(await load(`hub:lite@${before}:dev`))).toEqual(['owner__project-1']);
  });

  test('a file that a new commit left as it was is not downloaded again', async () => {
    putLite();
    await load('hub:lite:dev');
    hub.put(lite, { 'README.md': '# Changed', [`data/${devName}`]: dev });
    expect(idsOf(await load('hub:lite:dev'))).toEqual(['owner__project-1']);
    expect(hub.downloads).toHaveLength(1);
  });

  test('with JSON lines, one file for each repository', async () => {
    const other = { ...multiRow, repo: 'other', number: 1 };
    hub.put('ByteDance-Seed/Multi-SWE-bench', {
      'js/owner__Project_dataset.jsonl': `${JSON.stringify(multiRow)}\n`,
      'rust/owner__other_dataset.jsonl': `${JSON.stringify(other)}\n`,
    });
    const all = await load('hub:multi-swe-bench');
    expect(idsOf(all)).toEqual(['owner__Project-42', 'owner__other-1']);
    expect(all.tasks.map(({ dataset, source }) => [dataset, source.line])).toEqual([
      ['Multi-SWE-bench', 1],
      ['Multi-SWE-bench', 2],
    ]);
    expect(idsOf(await load('hub:multi-swe-bench:rust'))).toEqual(['owner__other-1']);
  });

  test('rows that do not fit are told by their number', async () => {
    const commit = hub.put(lite, {
      'data/test-00000-of-00001.parquet': parquetOf([rowOf(1), { ...rowOf(2), repo: 'x' }]),
    });
    expect((await load('hub:lite')).problems).toMatchObject([
      { file: `hub:${lite}@${commit}:test`, line: 2, field: 'repo' },
    ]);
  });

  test.each([
    ['hub:lite:train', /has no split "train"; it has dev, test$/],
    ['hub:nobody/nothing', /does not exist or is private/],
    ['hub:lite@v9', /v9: there is no such branch, tag or commit/],
    ['hub:lite@' + 'a'.repeat(40), /there is no such branch, tag or commit/],
    ['hub:unknown', /no dataset is known as "unknown"; name it as hub:OWNER\/NAME/],
    ['hub:', /expected hub:NAME/],
    ['hub:a/b:c:d', /expected hub:NAME/],
  ])('%s', async (source, message) => {
    putLite();
    expect(messageOf(await load(source))).toMatch(message);
  });
});

describe('downloads', () => {
  /** What a process left that was killed while it downloaded. */
  async function leave(part: Uint8Array): Promise<void> {
    const hash = createHash('sha256').update(new Uint8Array(dev)).digest('hex');
    const file = path.join(folder.path, 'cache/datasets', lite, 'files', hash, `${devName}.part`);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, part);
  }

  test('a broken connection is no end', async () => {
    putLite();
    hub.faults.push({ kind: 'break', after: 300 }, { kind: 'break', after: 200 });
    expect(idsOf(await load('hub:lite:dev'))).toEqual(['owner__project-1']);
    expect(said.join('\n')).toMatch(/cannot be reached \(.+\)\. Trying again\./);
    expect(hub.downloads).toHaveLength(3);
    expect(await filesInCache()).toEqual([devName]);
  });

  test('what an earlier process left unfinished is gone on with', async () => {
    putLite();
    await leave(new Uint8Array(dev).subarray(0, 300));
    expect(idsOf(await load('hub:lite:dev'))).toEqual(['owner__project-1']);
    expect(hub.downloads.map(({ range }) => range)).toEqual(['bytes=300-']);
    expect(said[0]).toMatch(/^going on with .*dev-00000-of-00001\.parquet: 0\.0 of 0\.0 MB$/);
  });

  test.each([
    ['other bytes', 300],
    ['more bytes than the file has', 100_000],
  ])('%s are noticed and thrown away', async (_, length) => {
    putLite();
    await leave(new Uint8Array(length));
    expect(idsOf(await load('hub:lite:dev'))).toEqual(['owner__project-1']);
    expect(await filesInCache()).toEqual([devName]);
  });

  test('a connection that breaks every time is told, and what came is kept', async () => {
    putLite();
    hub.faults.push(...Array.from({ length: 6 }, () => ({ kind: 'break', after: 100 }) as const));
    expect(messageOf(await load('hub:lite:dev'))).toMatch(/cannot be reached/);
    expect(await filesInCache()).toEqual([`${devName}.part`]);
    expect(idsOf(await load('hub:lite:dev'))).toEqual(['owner__project-1']);
  });

  test('a server that begins again from the start', async () => {
    putLite();
    await leave(new Uint8Array(300));
    hub.faults.push({ kind: 'ignore-range' });
    expect(idsOf(await load('hub:lite:dev'))).toEqual(['owner__project-1']);
  });

  test('a wrong checksum is noticed and the file fetched anew', async () => {
    putLite();
    hub.faults.push({ kind: 'corrupt' });
    expect(idsOf(await load('hub:lite:dev'))).toEqual(['owner__project-1']);
    expect(said.join('\n')).toMatch(/wrong checksum/);
    expect(hub.downloads.map(({ range }) => range)).toEqual([undefined, undefined]);
  });

  test("small files have git's own checksum", async () => {
    hub.put('a/b', { 'x.jsonl': `${JSON.stringify(sweRow)}\n` });
    hub.faults.push({ kind: 'corrupt' });
    expect(idsOf(await load('hub:a/b'))).toEqual(['owner__project-12']);
    expect(hub.downloads).toHaveLength(2);
  });

  test('what always comes wrong is refused and nothing of it stays', async () => {
    putLite();
    hub.faults.push(...Array.from({ length: 6 }, () => ({ kind: 'corrupt' }) as const));
    expect(messageOf(await load('hub:lite:dev'))).toMatch(/came with a wrong checksum/);
    expect(await filesInCache()).toEqual([]);
  });

  test('processes that want the same file fetch it once', async () => {
    putLite();
    const all = await Promise.all([1, 2, 3].map(() => load('hub:lite:dev')));
    expect(all.map(idsOf)).toEqual(Array.from({ length: 3 }, () => ['owner__project-1']));
    expect(hub.downloads).toHaveLength(1);
  });

  test('a busy hub is asked again, after the pause that it wants', async () => {
    putLite();
    hub.put(lite, { 'data/dev-00000-of-00001.parquet': parquetOf([rowOf(1)]) }, 'busy');
    expect(idsOf(await load('hub:lite:dev'))).toEqual(['owner__project-1']);
    expect(said.slice(0, 2)).toEqual([
      `${lite}@main: the hub answered 429. Trying again.`,
      `${lite}@main: the hub answered 503. Trying again.`,
    ]);
  });

  test('cancelling rejects with its reason, also in a pause', async () => {
    hub.put(lite, {}, 'always-busy');
    const controller = new AbortController();
    const reason = new Error('enough');
    const loading = load('hub:lite', {}, { signal: controller.signal, firstPauseMs: 600_000 });
    await expect.poll(() => said).toEqual([expect.stringMatching(/503. Trying again/)]);
    controller.abort(reason);
    await expect(loading).rejects.toBe(reason);
  });
});

describe('without a network', () => {
  test('what was downloaded goes on working, and it is said', async () => {
    const commit = putLite();
    const before = await load('hub:lite:dev');
    await hub[Symbol.asyncDispose]();
    said = [];
    expect(await load('hub:lite:dev')).toEqual(before);
    expect(said.at(-1)).toMatch(
      new RegExp(`cannot be reached; taken from the cache, .*\\(${commit.slice(0, 7)}\\)`),
    );
    expect(messageOf(await load('hub:verified'))).toMatch(/the hub cannot be reached/);
  });

  test('HF_HUB_OFFLINE: nothing is asked', async () => {
    putLite();
    const before = await load('hub:lite:dev');
    hub.requests.length = 0;
    said = [];
    const offline = { HF_HUB_OFFLINE: '1' };
    expect(await load('hub:lite:dev', offline)).toEqual(before);
    expect(said).toEqual([expect.stringMatching(/HF_HUB_OFFLINE is set; taken from the cache/)]);
    expect(messageOf(await load('hub:lite:test', offline))).toMatch(
      /not in the cache, and HF_HUB_OFFLINE is set/,
    );
    expect(messageOf(await load('hub:verified', offline))).toMatch(/HF_HUB_OFFLINE is set/);
    expect(hub.requests).toEqual([]);
  });

  test('a hub that is broken is no reason to stop when the cache has it', async () => {
    putLite();
    await load('hub:lite:dev');
    hub.put(lite, {}, 'always-busy');
    expect(idsOf(await load('hub:lite:dev'))).toEqual(['owner__project-1']);
  });
});

describe('access', () => {
  const files = { 'data/test-00000-of-00001.parquet': parquetOf([rowOf(1)]) };

  test('a gated dataset says what to do', async () => {
    hub.put('a/b', files, 'gated');
    expect(messageOf(await load('hub:a/b'))).toBe(
      `a/b@main is gated: accept its conditions at ${hub.endpoint}/datasets/a/b, and put a token that has access into the environment variable HF_TOKEN.`,
    );
    const wrong = messageOf(await load('hub:a/b', { HF_TOKEN: 'hf_wrong' }));
    expect(wrong).toMatch(/use the token of that account in HF_TOKEN/);
    expect(wrong).not.toContain('hf_wrong');
  });

  test('the token goes to the hub and nowhere else', async () => {
    hub.put('a/b', files, 'private');
    expect(messageOf(await load('hub:a/b'))).toMatch(/does not exist or is private/);
    hub.requests.length = 0;
    expect(idsOf(await load('hub:a/b', { HF_TOKEN: ' hf_good\n' }))).toEqual(['owner__project-1']);
    const tokens = (host: string): unknown =>
      new Set(hub.requests.filter((one) => one.host === host).map((one) => one.authorization));
    expect(tokens('hub')).toEqual(new Set(['Bearer hf_good']));
    expect(tokens('store')).toEqual(new Set([undefined]));
    const cache = path.join(folder.path, 'cache');
    for (const entry of await readdir(cache, { recursive: true, withFileTypes: true }))
      if (entry.isFile())
        expect(await readFile(path.join(entry.parentPath, entry.name), 'latin1')).not.toContain(
          'hf_good',
        );
    expect(said.join('\n')).not.toContain('hf_good');
  });

  test('an address with a password is refused without repeating it', async () => {
    const message = messageOf(
      await load('hub:a/b', { HF_ENDPOINT: 'https://me:secret@example.org' }),
    );
    expect(message).toMatch(/HF_ENDPOINT must be/);
    expect(message).not.toContain('secret');
  });

  test('an answer that is none', async () => {
    hub.put('a/b', files, 'html');
    expect(messageOf(await load('hub:a/b'))).toMatch(/is not what it must be/);
  });

  test('names that lead out of the cache are refused', async () => {
    hub.put('a/b', { '../../evil.jsonl': JSON.stringify(sweRow) });
    expect(messageOf(await load('hub:a/b:*'))).toMatch(/cannot be kept/);
    expect(messageOf(await load('hub:../..'))).toMatch(/cannot be kept/);
    expect(hub.downloads).toEqual([]);
  });
});

test('a torn list of files in the cache is read anew', async () => {
  const commit = putLite();
  const list = path.join(folder.path, 'cache/datasets', lite, commit, 'files.json');
  await mkdir(path.dirname(list), { recursive: true });
  await writeFile(list, '[{"path":');
  expect(idsOf(await load('hub:lite:dev'))).toEqual(['owner__project-1']);
});
