import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { downloadCompetition } from '../../../src/runner/benchmarks/mle/kaggle/downloadCompetition';
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
import { never, testHost } from '../../support/temp';

let at: KaggleDownloads;

beforeEach(async () => {
  at = await KaggleDownloads.start();
});

afterEach(async () => {
  await at[Symbol.asyncDispose]();
});

const rules = `https://www.kaggle.com/c/${slug}/rules`;

describe('a download that breaks', () => {
  test('goes on where it ended', async () => {
    at.put();
    at.kaggle.faults.push({ kind: 'stall', after: 1000 });
    const going = at.download();
    await expect.poll(() => at.partSize('train.csv')).toBe(1000);
    at.kaggle.breakOff();
    await going;
    expect(await at.read('train.csv')).toEqual(train);
    expect(at.kaggle.downloads.slice(0, 2).map(({ range }) => range)).toEqual([
      undefined,
      'bytes=999-',
    ]);
    expect(at.said.join('\n')).toMatch(/Kaggle cannot be reached \(.*\)\. Trying again\./);
  });

  test('goes on in another process, also when it was whole and had not got its name', async () => {
    at.put({ 'test.csv': { bytes: test3000, listed: null, md5: true } });
    await at.leave('train.csv.part', train.subarray(0, 1234));
    await at.leave('test.csv.part', test3000);
    await at.download();
    expect(at.kaggle.downloads.slice(0, 2).map(({ range }) => range)).toEqual([
      'bytes=1233-',
      'bytes=2999-',
    ]);
    expect(await at.read('train.csv')).toEqual(train);
    expect(await at.read('test.csv')).toEqual(test3000);
    expect(await at.inFolder()).toEqual(three);
  });

  test('begins anew where the server does, or where the part is longer than the file', async () => {
    at.put();
    await at.leave('train.csv.part', content('other', 1000));
    at.kaggle.faults.push({ kind: 'ignore-range' });
    await at.leave('test.csv.part', content('other', 9000));
    await at.download();
    expect(await at.read('train.csv')).toEqual(train);
    expect(await at.read('test.csv')).toEqual(test3000);
  });

  test('every time is told, and can be gone on with', async () => {
    at.put();
    at.kaggle.faults.push(
      ...Array.from({ length: 6 }, () => ({ kind: 'break', after: 100 }) as const),
    );
    expect(await at.messageOf()).toMatch(/train\.csv: Kaggle cannot be reached/);
    expect(await at.inFolder()).toEqual(['train.csv.part']);
  });

  test('by a cancel in the middle leaves a part alone, which is gone on with', async () => {
    at.put();
    at.kaggle.faults.push({ kind: 'stall', after: 1000 });
    const controller = new AbortController();
    const reason = new Error('enough');
    const going = at.download({ signal: controller.signal });
    await expect.poll(() => at.partSize('train.csv')).toBe(1000);
    controller.abort(reason);
    await expect(going).rejects.toBe(reason);
    expect(await at.inFolder()).toEqual(['train.csv.part']);
    await at.download();
    expect(at.kaggle.downloads[1]?.range).toBe('bytes=999-');
    expect(await at.read('train.csv')).toEqual(train);
  });
});

describe('what comes wrong', () => {
  test("the store's own checksum: fetched anew", async () => {
    at.put({ 'train.csv': { bytes: train, md5: true } });
    at.kaggle.faults.push({ kind: 'corrupt' });
    await at.download();
    expect(await at.read('train.csv')).toEqual(train);
    expect(at.said.join('\n')).toMatch(/train\.csv came with a wrong checksum\. Trying again\./);
  });

  test('a part of another file is noticed by the known checksum, and fetched anew once', async () => {
    at.put();
    await at.leave('train.csv.part', content('other', 1000));
    await at.download({ checksums: { 'train.csv': sha256(train) } });
    expect(await at.read('train.csv')).toEqual(train);
    expect(at.said.join('\n')).toMatch(
      /whose checksum is in the competition's config\.yaml\. Fetching/,
    );
  });

  test('another file than the known one is told, and nothing of it stays', async () => {
    at.put();
    const message = await at.messageOf({ checksums: { 'train.csv': sha256(sample) } });
    expect(message).toMatch(/Kaggle may have changed it; if so, correct or remove the checksum/);
    expect(at.asked()).toEqual(['train.csv', 'train.csv']);
    expect(await at.inFolder()).toEqual([]);
  });

  test('another size than is listed: the archive, which has it right', async () => {
    at.put({ 'train.csv': { bytes: train, listed: 2999 } });
    expect(await at.download()).toEqual([`${slug}.zip`]);
    expect(at.said.join('\n')).toMatch(/Kaggle lists 2999 bytes, but sends 3000/);
  });

  test('an answer that is none', async () => {
    at.put();
    at.kaggle.apiFaults.push({ kind: 'status', status: 200, body: '<html>a login page</html>' });
    expect(await at.messageOf()).toMatch(/the answer of Kaggle is not what it must be/);
  });

  test('a redirect to where nothing is fetched from', async () => {
    at.put();
    const headers = { location: 'data:text/csv,evil' };
    at.kaggle.apiFaults.push({ kind: 'status', status: 302, headers });
    expect(await at.messageOf()).toMatch(/redirects to where nothing can be fetched from/);
  });
});

describe('Kaggle refuses', () => {
  test('without credentials: all ways to give some', async () => {
    at.put();
    const message = await at.messageOf({ env: { KAGGLE_API_TOKEN: '' } });
    for (const way of [
      'KAGGLE_API_TOKEN',
      '~/.kaggle/access_token',
      'KAGGLE_USERNAME',
      'KAGGLE_KEY',
      'kaggle.json',
      'KAGGLE_CONFIG_DIR',
      'https://www.kaggle.com/settings',
      '--from DIR',
    ])
      expect(message).toContain(way);
    expect(at.kaggle.requests).toEqual([]);
  });

  test('401: whose credentials, and how to get others; asked once', async () => {
    at.put();
    const message = await at.messageOf({ env: { KAGGLE_API_TOKEN: 'KGAT_bad' } });
    expect(message).toMatch(
      /^Kaggle does not accept the credentials in KAGGLE_API_TOKEN \(401: Unauthenticated\).*make a token at https/,
    );
    expect(message).not.toContain('KGAT_bad');
    expect(at.kaggle.requests).toHaveLength(1);
  });

  test('rules that are not accepted: the link; asked once', async () => {
    at.kaggle.put(slug, { files: { 'train.csv': { bytes: train } }, archive, rulesOpen: true });
    expect(await at.messageOf()).toBe(
      `Kaggle gives ${slug} only to those who have accepted its rules: open ${rules}, accept them with the account of KAGGLE_API_TOKEN, and start this again.`,
    );
    expect(at.kaggle.requests.filter((one) => one.path.includes('/download'))).toHaveLength(1);
    expect(await at.inFolder()).toEqual([]);
  });

  test('403 for another reason: what Kaggle says, on one line', async () => {
    at.put();
    const body = JSON.stringify({
      code: 403,
      message: `Permission\n\u001b[31m was denied ${'x'.repeat(9999)}`,
    });
    at.kaggle.apiFaults.push({ kind: 'status', status: 403, body });
    const message = await at.messageOf();
    expect(message).toMatch(
      /^Kaggle denies .* \(403: Permission \[31m was denied x+\).*\/rules\)\.$/,
    );
    expect(message.length).toBeLessThan(600);
    expect(at.kaggle.requests).toHaveLength(1);
  });

  test('404: which name to check', async () => {
    expect(await at.messageOf()).toBe(
      `Kaggle has no ${slug}: check the name (https://www.kaggle.com/c/${slug}).`,
    );
  });

  test('429: asked again after the pause that it wants', async () => {
    at.put();
    const headers = { 'retry-after': '0.2' };
    at.kaggle.apiFaults.push({ kind: 'status', status: 429, headers });
    const before = performance.now();
    await at.download();
    expect(performance.now() - before).toBeGreaterThanOrEqual(200);
    expect(at.said[0]).toMatch(
      /Kaggle answered 429.*wants to be left alone for 1 seconds\. Trying again/,
    );
  });

  test('429 with a pause that nobody waits for', async () => {
    at.put();
    at.kaggle.apiFaults.push({ kind: 'status', status: 429, headers: { 'retry-after': '3600' } });
    expect(await at.messageOf()).toMatch(/wants to be left alone for 3600 seconds\.$/);
    expect(at.kaggle.requests).toHaveLength(1);
  });

  test('500: asked again, and given up in the end; pages for browsers are not quoted', async () => {
    at.put();
    at.kaggle.apiFaults.push({ kind: 'status', status: 500, body: '<html>oops</html>' });
    at.kaggle.faults.push({ kind: 'status', status: 503 });
    expect(await at.download()).toHaveLength(3);
    await writeFile(path.join(at.folder, 'train.csv'), '');
    at.kaggle.apiFaults.push(
      ...Array.from({ length: 6 }, () => ({ kind: 'status', status: 502 }) as const),
    );
    const refused = at.download();
    await expect(refused).rejects.toMatchObject({ code: 'dataset-unavailable', retryable: true });
    await expect(refused).rejects.toThrow(`${slug}: Kaggle answered 502.`);
  });

  test('a server that is not there', async () => {
    const env = { BENCHYARD_KAGGLE_URL: 'http://127.0.0.1:1/api/v1' };
    expect(await at.messageOf({ env })).toMatch(/Kaggle cannot be reached \(.+\)/);
  });

  test.each(['http://example.org/api/v1', 'https://me:s3cret@example.org', 'nonsense'])(
    'no key goes to %s',
    async (url) => {
      const message = await at.messageOf({ env: { BENCHYARD_KAGGLE_URL: url } });
      expect(message).toMatch(/^BENCHYARD_KAGGLE_URL must be an https address/);
      expect(message).not.toContain('s3cret');
    },
  );

  test('a name that cannot be one', async () => {
    const host = testHost(at.root, { env: { KAGGLE_API_TOKEN: 'KGAT_good' } });
    const options = { host, folder: at.folder, checksums: {}, signal: never };
    await expect(downloadCompetition('../up', options)).rejects.toThrow(
      '"../up" is no name of a competition at Kaggle',
    );
  });
});
