import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  archive,
  content,
  KaggleDownloads,
  sample,
  sha256,
  slug,
  test3000,
  three,
  train,
} from '../../support/kaggleDownloads';

let at: KaggleDownloads;

beforeEach(async () => {
  at = await KaggleDownloads.start();
});

afterEach(async () => {
  await at[Symbol.asyncDispose]();
});

describe('the files of a competition', () => {
  test('are listed page by page, and each is fetched from where Kaggle leads to', async () => {
    at.put();
    expect(await at.download()).toEqual(['train.csv', 'test.csv', 'sample_submission.csv']);
    expect(await at.inFolder()).toEqual(three);
    expect(await at.read('train.csv')).toEqual(train);
    expect(await at.read('test.csv')).toEqual(test3000);
    const lists = at.kaggle.requests.filter((one) => one.path.includes('/list/'));
    expect(lists.map((one) => one.path)).toEqual([
      `/api/v1/competitions/data/list/${slug}?pageSize=100`,
      `/api/v1/competitions/data/list/${slug}?pageSize=100&pageToken=2`,
    ]);
    expect(at.asked()).toEqual(['train.csv', 'test.csv', 'sample_submission.csv']);
  });

  test('credentials go to Kaggle and to nobody else', async () => {
    at.put();
    await at.download();
    const sent = (host: string): unknown =>
      new Set(
        at.kaggle.requests.filter((one) => one.host === host).map((one) => one.authorization),
      );
    expect(sent('kaggle')).toEqual(new Set(['Bearer KGAT_good']));
    expect(sent('store')).toEqual(new Set([undefined]));
    expect(at.said.join('\n')).not.toContain('KGAT_good');
    const record = await readFile(`${at.folder}.json`, 'utf8');
    expect(record).not.toContain('KGAT_good');
  });

  test('a user name and key are sent as Kaggle wants them', async () => {
    at.put();
    at.kaggle.accepted.clear();
    at.kaggle.accepted.add(`Basic ${Buffer.from('me:s3cret').toString('base64')}`);
    const env = { KAGGLE_API_TOKEN: '', KAGGLE_USERNAME: 'me', KAGGLE_KEY: 's3cret' };
    expect(await at.download({ env })).toHaveLength(3);
  });

  test('in folders, with names that an address must spell otherwise', async () => {
    at.put({ 'images/a b&c#d%.jpg': { bytes: content('image') } });
    await at.download();
    expect(await at.read('images/a b&c#d%.jpg')).toEqual(content('image'));
  });

  test('empty ones, and ones whose size is not listed', async () => {
    at.put({
      'empty.csv': { bytes: new Uint8Array() },
      'train.csv': { bytes: train, listed: null },
    });
    await at.download();
    expect(await at.read('empty.csv')).toHaveLength(0);
    expect(await at.read('train.csv')).toEqual(train);
  });

  test('what Kaggle sends packed keeps the name that it is stored under', async () => {
    at.put({ 'train.csv': { bytes: content('zip', 700), listed: 3000, isPacked: true } });
    expect(await at.download()).toContain('train.csv.zip');
    expect(await at.read('train.csv.zip')).toEqual(content('zip', 700));
  });

  test('what is listed packed as well as it is comes as both', async () => {
    at.put({ 'test.csv.zip': {}, 'test.csv': { bytes: test3000 } });
    const names = ['train.csv', 'test.csv', 'sample_submission.csv', 'test.csv.zip'];
    expect(await at.download()).toEqual(names);
    await at.leave('test.csv', new Uint8Array());
    expect(await at.download()).toEqual(names);
    expect(await at.read('test.csv')).toEqual(test3000);
    expect(await at.read('test.csv.zip')).toEqual(content('test.csv.zip'));
  });

  test('what is there and right is not fetched again, and what is wrong is', async () => {
    at.put({ 'test.csv': { bytes: content('zip', 700), listed: 3000, isPacked: true } });
    await at.leave('train.csv', train);
    await at.leave('test.csv', content('half', 100));
    await at.leave('sample_submission.csv', content('other', 400));
    await at.download();
    expect(at.asked()).toEqual(['test.csv.zip', 'sample_submission.csv']);
    expect(await at.inFolder()).toEqual(['sample_submission.csv', 'test.csv.zip', 'train.csv']);
    expect(await at.read('sample_submission.csv')).toEqual(sample);
  });

  test('of a whole download, nothing is asked: not Kaggle, and not for credentials', async () => {
    at.put();
    await at.download();
    at.kaggle.requests.length = 0;
    at.said.length = 0;
    const checksums = { 'train.csv': sha256(train) };
    expect(await at.download({ env: { KAGGLE_API_TOKEN: '' }, checksums })).toHaveLength(3);
    expect(at.kaggle.requests).toEqual([]);
    expect(at.said).toEqual([`${slug}: all files are there`]);
    await writeFile(path.join(at.folder, 'train.csv'), content('changed'));
    await at.download({ checksums });
    expect(at.asked()).toEqual(['train.csv']);
    expect(await at.read('train.csv')).toEqual(train);
  });

  test('that are many come as one archive', async () => {
    const names = Array.from({ length: 60 }, (_, n) => [`images/${String(n)}.png`, {}] as const);
    at.put(Object.fromEntries(names));
    expect(await at.download()).toEqual([`${slug}.zip`]);
    expect(await at.read(`${slug}.zip`)).toEqual(archive);
    expect(at.asked()).toEqual(['archive.zip']);
  });

  test('that the checksums know as one archive come so', async () => {
    at.put();
    expect(await at.download({ checksums: { [`${slug}.zip`]: sha256(archive) } })).toEqual([
      `${slug}.zip`,
    ]);
    expect(at.kaggle.requests.filter((one) => one.path.includes('/list/'))).toEqual([]);
  });

  test.each([403, 404])('of which one is refused (%i) come as one archive', async (refused) => {
    at.put({ 'test.csv': { refused } });
    expect(await at.download()).toEqual([`${slug}.zip`]);
    expect(await at.inFolder()).toEqual([`${slug}.zip`]);
    expect(at.said.join('\n')).toMatch(
      /File not found|has no spooky.*Fetching all files as one archive/,
    );
  });

  test('with names that lead out of the folder are refused', async () => {
    at.put({ '../../evil.csv': {} });
    expect(await at.messageOf()).toBe('Kaggle names a file that cannot be kept: "../../evil.csv"');
    expect(at.kaggle.downloads).toEqual([]);
  });
});

describe('room on the disk', () => {
  const petabyte = 1e15;

  test('that all files together do not have is told before the first', async () => {
    at.put({ 'test.csv': { bytes: test3000, listed: petabyte } });
    const refused = at.download();
    await expect(refused).rejects.toMatchObject({ code: 'disk-full' });
    await expect(refused).rejects.toThrow(
      new RegExp(`^${slug} needs 1000000\\.0 GB in ${at.folder}, where [\\d.]+ GB are free\\.`),
    );
    expect(at.kaggle.downloads).toEqual([]);
  });

  test('that an archive does not have is told before it is fetched', async () => {
    at.put();
    at.kaggle.faults.push({ kind: 'announce', size: petabyte });
    const refused = at.download({ checksums: { [`${slug}.zip`]: sha256(archive) } });
    await expect(refused).rejects.toMatchObject({ code: 'disk-full' });
    expect(await at.inFolder()).toEqual([]);
  });
});

describe('several processes at once', () => {
  test('fetch each file once', async () => {
    at.put();
    await Promise.all([at.download(), at.download(), at.download()]);
    expect(at.asked().toSorted()).toEqual(three);
    expect(await at.inFolder()).toEqual(three);
  });

  test('also when they are such', async () => {
    at.put();
    const worker = path.join(at.root, 'kaggleWorker.cjs');
    await execa('node', ['test/support/bundle.mjs', 'test/support/kaggleWorker.ts', worker]);
    const env = {
      PATH: process.env['PATH'],
      HOME: at.root,
      BENCHYARD_KAGGLE_URL: at.kaggle.url,
      KAGGLE_API_TOKEN: 'KGAT_good',
    };
    let said = '';
    at.kaggle.faults.push({ kind: 'stall', after: 1000 });
    const both = [1, 2].map(() => {
      const process = execa('node', [worker, slug, at.folder], { env, extendEnv: false });
      process.stdout.on('data', (text) => (said += String(text)));
      return process;
    });
    await expect.poll(() => said, { timeout: 30_000 }).toContain('waiting for another process');
    await expect.poll(() => at.partSize('train.csv'), { timeout: 30_000 }).toBe(1000);
    at.kaggle.breakOff();
    await Promise.all(both);
    expect(at.asked().toSorted()).toEqual([...three, 'train.csv']); // twice: it broke off
    expect(await at.read('train.csv')).toEqual(train);
    expect(await at.inFolder()).toEqual(three);
  }, 60_000);
});
