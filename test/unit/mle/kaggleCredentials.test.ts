import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kaggleCredentials } from '../../../src/runner/benchmarks/mle/kaggle/credentials';
import type { Host } from '../../../src/runner/index';
import { never, temporaryFolder, testHost } from '../../support/temp';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let said: string[];

beforeEach(async () => {
  folder = await temporaryFolder();
  said = [];
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

type Env = Readonly<Record<string, string>>;

function find(env: Env = {}, overrides: Partial<Host> = {}): ReturnType<typeof kaggleCredentials> {
  const host = testHost(folder.path, { env, homeDir: folder.path, ...overrides });
  return kaggleCredentials(host, { signal: never, onProgress: (line) => said.push(line) });
}

async function write(name: string, text: string | Uint8Array, mode = 0o600): Promise<string> {
  const file = path.join(folder.path, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;
const keyFile = (username: string, key: string): string => JSON.stringify({ username, key });

describe('credentials of Kaggle', () => {
  test('each form, and which of several counts', async () => {
    expect(await find()).toBeNull();
    const own = await write('.kaggle/kaggle.json', keyFile('home', 'k1'));
    expect(await find()).toEqual({ authorization: basic('home:k1'), from: own });
    const other = await write('config/kaggle.json', keyFile('config', 'k2'));
    const config = { KAGGLE_CONFIG_DIR: path.dirname(other) };
    expect(await find(config)).toEqual({ authorization: basic('config:k2'), from: other });
    const pair = { ...config, KAGGLE_USERNAME: 'env', KAGGLE_KEY: 'k3' };
    expect(await find(pair)).toEqual({
      authorization: basic('env:k3'),
      from: 'KAGGLE_USERNAME and KAGGLE_KEY',
    });
    const token = await write('.kaggle/access_token', 'KGAT_file\n');
    expect(await find(pair)).toEqual({ authorization: 'Bearer KGAT_file', from: token });
    expect(await find({ ...pair, KAGGLE_API_TOKEN: ' KGAT_env\n' })).toEqual({
      authorization: 'Bearer KGAT_env',
      from: 'KAGGLE_API_TOKEN',
    });
    expect(said).toEqual([]);
  });

  test('a folder that is named is the only one that is looked into', async () => {
    await write('.kaggle/kaggle.json', keyFile('home', 'k1'));
    expect(await find({ KAGGLE_CONFIG_DIR: path.join(folder.path, 'elsewhere') })).toBeNull();
    await write('near/kaggle.json', keyFile('near', 'k2'));
    expect(await find({ KAGGLE_CONFIG_DIR: 'near' })).toMatchObject({
      authorization: basic('near:k2'),
    });
  });

  test('a token in a file that the variable names, and one with the ending of an editor', async () => {
    const file = await write('secrets/token', '\uFEFFKGAT_named\r\n');
    expect(await find({ KAGGLE_API_TOKEN: file })).toEqual({
      authorization: 'Bearer KGAT_named',
      from: file,
    });
    const text = await write('.kaggle/access_token.txt', 'KGAT_text');
    expect(await find()).toEqual({ authorization: 'Bearer KGAT_text', from: text });
  });

  test('keys that the editor keeps', async () => {
    const secret = (name: string): Promise<string | null> =>
      Promise.resolve(name === 'KAGGLE_API_TOKEN' ? 'KGAT_kept' : null);
    expect(await find({}, { secret })).toMatchObject({ authorization: 'Bearer KGAT_kept' });
  });

  test('variables that are empty are none', async () => {
    const empty = {
      KAGGLE_API_TOKEN: '',
      KAGGLE_USERNAME: ' ',
      KAGGLE_KEY: '',
      KAGGLE_CONFIG_DIR: '',
    };
    expect(await find(empty)).toBeNull();
  });

  test.each<readonly [string, Env]>([
    ['KAGGLE_API_TOKEN holds no token, which is one word', { KAGGLE_API_TOKEN: 'two s3cret' }],
    ['KAGGLE_API_TOKEN holds no token, which is one word', { KAGGLE_API_TOKEN: 'a\u0000s3cret' }],
    ['KAGGLE_API_TOKEN names a file that is not there', { KAGGLE_API_TOKEN: '/nowhere/s3cret' }],
    ['KAGGLE_USERNAME is set, but KAGGLE_KEY is not', { KAGGLE_USERNAME: 'me' }],
    ['KAGGLE_KEY is set, but KAGGLE_USERNAME is not', { KAGGLE_KEY: 's3cret' }],
    [
      'KAGGLE_USERNAME and KAGGLE_KEY: user name and key must each be one word',
      { KAGGLE_USERNAME: 'me:you', KAGGLE_KEY: 's3cret' },
    ],
  ])('%s', async (message, env) => {
    await write('.kaggle/kaggle.json', keyFile('home', 'k1'));
    const refused = find(env);
    await expect(refused).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(refused).rejects.toThrow(
      `${message}. Correct or remove it; for a new one, make a token at https://www.kaggle.com/settings (API, Create New Token).`,
    );
  });

  const shape = '{"username": "…", "key": "…"}';
  test.each([
    ['access_token', '', ' holds no token, which is one word.'],
    ['access_token', Buffer.from('KGAT_s3cret', 'utf16le'), ' holds no token, which is one word.'],
    ['kaggle.json', '', ` is no JSON; it must be ${shape}.`],
    ['kaggle.json', 'username: s3cret', ` is no JSON; it must be ${shape}.`],
    ['kaggle.json', '["s3cret"]', ` must be ${shape}.`],
    ['kaggle.json', '{"username": "me", "Key": "s3cret"}', ` must be ${shape}.`],
    ['kaggle.json', '{"username": "me", "key": 1234}', ` must be ${shape}.`],
    ['kaggle.json', keyFile('me', ''), ': user name and key must each be one word.'],
    ['kaggle.json', keyFile('me', 's3cret\r\nx: y'), ': user name and key must each be one word.'],
  ])('%s with %j is told by its name', async (name, text, told) => {
    const file = await write(`.kaggle/${name}`, text);
    const error: unknown = await find().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'invalid-config' });
    const message = String(error);
    expect(message).toContain(`${file}${told} Correct or remove it`);
    expect(message).not.toContain('s3cret');
  });

  test('a folder in place of the file is told', async () => {
    await mkdir(path.join(folder.path, '.kaggle/access_token'), { recursive: true });
    await expect(find()).rejects.toThrow(/access_token cannot be read\. Correct or remove it/);
  });

  test('a file that others can read is said, and used', async () => {
    const file = await write('.kaggle/kaggle.json', keyFile('me', 's3cret'), 0o644);
    expect(await find()).toMatchObject({ authorization: basic('me:s3cret') });
    expect(said).toEqual([`Other users of this machine may read ${file}: chmod 600 ${file}`]);
    await find({}, { platform: 'win32' });
    expect(said).toHaveLength(1);
  });

  test('cancelling rejects with its reason', async () => {
    await write('.kaggle/kaggle.json', keyFile('me', 'k'));
    const reason = new Error('enough');
    const host = testHost(folder.path, { env: {}, homeDir: folder.path });
    const refused = kaggleCredentials(host, { signal: AbortSignal.abort(reason) });
    await expect(refused).rejects.toBe(reason);
  });
});
