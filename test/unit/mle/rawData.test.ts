import { existsSync, statSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { downloadCompetition } from '../../../src/runner/benchmarks/mle/kaggle/downloadCompetition';
import { takeRawData } from '../../../src/runner/benchmarks/mle/rawData';
import { never, temporaryFolder, testHost } from '../../support/temp';

const id = 'random-acts-of-pizza';

let temporary: Awaited<ReturnType<typeof temporaryFolder>>;
let from: string;
let folder: string;
let said: string[];

beforeEach(async () => {
  temporary = await temporaryFolder();
  from = path.join(temporary.path, 'from');
  folder = path.join(temporary.path, 'data', id, 'raw');
  said = [];
});

afterEach(async () => {
  await temporary[Symbol.asyncDispose]();
});

async function take({
  source = from,
  isOnly = true,
  signal = never,
}: {
  readonly source?: string;
  readonly isOnly?: boolean;
  readonly signal?: AbortSignal;
} = {}): Promise<readonly string[]> {
  const onProgress = (line: string): void => void said.push(line);
  const files = await takeRawData(source, id, { folder, isOnly, signal, onProgress });
  return files.map(({ name }) => name);
}

async function write(place: string, text = place): Promise<string> {
  const file = path.join(from, place);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

async function filesIn(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

describe('raw data that is there already', () => {
  test.each([
    ['a folder of the name', [`${id}/train.json`, `${id}/test.zip`], ['test.zip', 'train.json']],
    ["MLE-bench's own layout", [`${id}/raw/train.json`, `${id}/prepared/x`], ['train.json']],
    ["what Kaggle's program saves", [`${id}.zip`, 'other.zip'], [`${id}.zip`]],
    ['the data itself', ['train.json', 'a/b/c.jpg'], ['a/b/c.jpg', 'train.json']],
  ])('%s', async (_, there, taken) => {
    for (const file of there) await write(file);
    expect(await take()).toEqual(taken);
    expect(await filesIn(folder)).toEqual(taken);
    expect(await filesIn(from)).toEqual(there.toSorted());
    expect(await readdir(path.dirname(folder))).toEqual(['raw', 'raw.json']);
  });

  test('is linked, which costs no room', async () => {
    const file = await write('train.json');
    await take();
    expect((await stat(path.join(folder, 'train.json'))).ino).toBe((await stat(file)).ino);
  });

  const otherDisk = '/dev/shm';
  const isOther = existsSync(otherDisk) && statSync(otherDisk).dev !== statSync(os.tmpdir()).dev;
  test.skipIf(!isOther)('is copied from another disk', async () => {
    await using elsewhere = await otherFolder(otherDisk);
    await mkdir(path.join(elsewhere.path, 'a'));
    await writeFile(path.join(elsewhere.path, 'a/train.json'), 'train');
    await writeFile(path.join(elsewhere.path, 'empty'), '');
    expect(await take({ source: elsewhere.path })).toEqual(['a/train.json', 'empty']);
    expect(await readFile(path.join(folder, 'a/train.json'), 'utf8')).toBe('train');
  });

  test('links are followed to files and folders', async () => {
    const file = await write('disk/train.json', 'train');
    await write('disk/images/1.jpg');
    await mkdir(path.join(from, id));
    await symlink(file, path.join(from, id, 'train.json'));
    await symlink(path.join(from, 'disk/images'), path.join(from, id, 'images'));
    expect(await take()).toEqual(['images/1.jpg', 'train.json']);
    expect((await stat(path.join(folder, 'train.json'))).ino).toBe((await stat(file)).ino);
    await rename(path.join(from, 'disk'), path.join(from, 'gone'));
    expect(await readFile(path.join(folder, 'images/1.jpg'), 'utf8')).toBe('disk/images/1.jpg');
  });

  test('takes the place of what was there before', async () => {
    await write('train.json', 'new');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'train.json'), 'old');
    await writeFile(path.join(folder, 'stale.csv'), 'old');
    await take();
    expect(await filesIn(folder)).toEqual(['train.json']);
    expect(await readFile(path.join(folder, 'train.json'), 'utf8')).toBe('new');
  });

  test('may be where it is to be, and stays there', async () => {
    const source = path.dirname(path.dirname(folder));
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'train.json'), 'own');
    expect(await take({ source })).toEqual(['train.json']);
    expect(await readFile(path.join(folder, 'train.json'), 'utf8')).toBe('own');
    expect(said).toEqual([]);
  });

  test('is not asked of Kaggle any more', async () => {
    await write('train.json');
    await take();
    const host = testHost(temporary.path, { env: {}, homeDir: temporary.path });
    const options = { host, folder, checksums: {}, signal: never };
    expect(await downloadCompetition(id, options)).toEqual([{ name: 'train.json', size: 10 }]);
  });
});

describe('raw data that cannot be taken', () => {
  test('a folder that is not there', async () => {
    await expect(take()).rejects.toMatchObject({ code: 'not-found' });
    await expect(take()).rejects.toThrow(
      `There is no folder ${from}: name one with ${id}/, ${id}.zip, or the data itself, as Kaggle has it.`,
    );
  });

  test('one of several competitions that is not there', async () => {
    await write('train.json');
    await expect(take({ isOnly: false })).rejects.toThrow(
      `${from} has no data of ${id}: put it there as ${id}/ or ${id}.zip, as Kaggle has it.`,
    );
    await write(`${id}/train.json`);
    expect(await take({ isOnly: false })).toEqual(['train.json']);
  });

  test('an empty folder', async () => {
    await mkdir(path.join(from, id), { recursive: true });
    await expect(take()).rejects.toThrow(`${path.join(from, id)} holds no files.`);
  });

  test.each([
    ['the folder with the data in it', (): string => temporary.path],
    ['a folder in it', (): string => path.join(folder, 'nested')],
  ])('%s', async (_, source) => {
    await mkdir(path.join(folder, 'nested'), { recursive: true });
    await writeFile(path.join(folder, 'nested/train.json'), 'own');
    const refused = take({ source: source() });
    await expect(refused).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(refused).rejects.toThrow(/lie in each other/);
    expect(await readFile(path.join(folder, 'nested/train.json'), 'utf8')).toBe('own');
  });

  test('links without an end or to nothing leave everything as it was', async () => {
    await write('train.json');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'before'), '');
    await symlink(from, path.join(from, 'loop'));
    await expect(take()).rejects.toThrow(/loop is a link to a folder that it is in/);
    await symlink('/nowhere/at/all', path.join(from, 'broken'));
    await expect(take()).rejects.toThrow(/broken is a link to nothing/);
    expect(await filesIn(folder)).toEqual(['before']);
    expect(await readdir(path.dirname(folder))).toEqual(['raw']);
  });

  test('cancelling in the middle leaves everything as it was', async () => {
    for (const n of Array.from({ length: 50 }).keys()) await write(`${String(n)}.jpg`);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'before'), '');
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = (): void => {
      controller.abort(reason);
    };
    const { signal } = controller;
    const taking = takeRawData(from, id, { folder, isOnly: true, signal, onProgress });
    await expect(taking).rejects.toBe(reason);
    expect(await filesIn(folder)).toEqual(['before']);
    expect(await readdir(path.dirname(folder))).toEqual(['raw']);
  });
});

async function otherFolder(disk: string): Promise<{ readonly path: string } & AsyncDisposable> {
  const made = await mkdtemp(path.join(disk, 'benchyard-test-'));
  return { path: made, [Symbol.asyncDispose]: () => rm(made, { recursive: true, force: true }) };
}
