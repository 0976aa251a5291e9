import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { Host } from '../../../host';
import { RunnerError } from '../../../model';
import { isNotFound } from '../../../store/files';

/** Who asks Kaggle. */
export interface KaggleCredentials {
  /** Value of the header; in no message, log or file. */
  readonly authorization: string;
  /** Where they were found, for people: `KAGGLE_API_TOKEN`, or a file. */
  readonly from: string;
}

export interface CredentialOptions {
  readonly signal: AbortSignal;
  /** Told when others can read a file with a key. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** How a token is got, as the end of a sentence. */
export const howToGetToken =
  'make a token at https://www.kaggle.com/settings (API, Create New Token)';

/** All that can be done where there are no credentials. */
export const withoutCredentials =
  `There are no Kaggle credentials: ${howToGetToken} and put it into the environment variable KAGGLE_API_TOKEN or the ` +
  'file ~/.kaggle/access_token; or put a user name and key into KAGGLE_USERNAME and KAGGLE_KEY, or kaggle.json into ' +
  '~/.kaggle or the folder in KAGGLE_CONFIG_DIR. Data that is already on this machine is taken with --from DIR.';

/** Credentials are sent in a header: visible characters of ASCII, and no others. */
const word = /^[\x21-\x7e]+$/;
const keyFileSchema = z.object({ username: z.string(), key: z.string() });

/**
 * The credentials of Kaggle's own programs, in their order: `KAGGLE_API_TOKEN` (a token, or the absolute path of a file
 * with one), `~/.kaggle/access_token`, `KAGGLE_USERNAME` with `KAGGLE_KEY`, `kaggle.json` in `KAGGLE_CONFIG_DIR` or else
 * in `~/.kaggle`. null where there are none; `invalid-config` where the first that are found cannot be used, so that a
 * typing error does not end as somebody else's account.
 */
export async function kaggleCredentials(
  host: Host,
  options: CredentialOptions,
): Promise<KaggleCredentials | null> {
  return (
    (await tokenOfEnvironment(host, options)) ??
    (await tokenOfHome(host, options)) ??
    (await keyOfEnvironment(host)) ??
    (await keyOfFile(host, options))
  );
}

async function tokenOfEnvironment(
  host: Host,
  options: CredentialOptions,
): Promise<KaggleCredentials | null> {
  const from = 'KAGGLE_API_TOKEN';
  const text = (await host.secret(from))?.trim() ?? '';
  if (text === '') return null;
  if (!path.isAbsolute(text)) return tokenCredentials(text, from);
  const token = await readSecret(text, host, options);
  // Not which one: what begins like a path may be a key.
  if (token === null) throw unusable('KAGGLE_API_TOKEN names a file that is not there');
  return tokenCredentials(token, text);
}

async function tokenOfHome(
  host: Host,
  options: CredentialOptions,
): Promise<KaggleCredentials | null> {
  // Editors of Windows like to end names so.
  for (const name of ['access_token', 'access_token.txt']) {
    const file = path.join(host.homeDir, '.kaggle', name);
    const token = await readSecret(file, host, options);
    if (token !== null) return tokenCredentials(token, file);
  }
  return null;
}

async function keyOfEnvironment(host: Host): Promise<KaggleCredentials | null> {
  const username = host.env['KAGGLE_USERNAME']?.trim() ?? '';
  const key = (await host.secret('KAGGLE_KEY'))?.trim() ?? '';
  if (username === '' && key === '') return null;
  if (username === '') throw unusable('KAGGLE_KEY is set, but KAGGLE_USERNAME is not');
  if (key === '') throw unusable('KAGGLE_USERNAME is set, but KAGGLE_KEY is not');
  return keyCredentials({ username, key }, 'KAGGLE_USERNAME and KAGGLE_KEY');
}

async function keyOfFile(
  host: Host,
  options: CredentialOptions,
): Promise<KaggleCredentials | null> {
  const named = host.env['KAGGLE_CONFIG_DIR']?.trim() ?? '';
  const folder = named === '' ? path.join(host.homeDir, '.kaggle') : path.resolve(host.cwd, named);
  const file = path.join(folder, 'kaggle.json');
  const text = await readSecret(file, host, options);
  return text === null ? null : keyCredentials(parseKeyFile(text, file), file);
}

function parseKeyFile(text: string, file: string): z.infer<typeof keyFileSchema> {
  const shape = '{"username": "…", "key": "…"}';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unusable(`${file} is no JSON; it must be ${shape}`); // the parser's own message quotes the text
  }
  const parsed = keyFileSchema.safeParse(value);
  if (!parsed.success) throw unusable(`${file} must be ${shape}`);
  return parsed.data;
}

function tokenCredentials(token: string, from: string): KaggleCredentials {
  if (!word.test(token)) throw unusable(`${from} holds no token, which is one word`);
  return { authorization: `Bearer ${token}`, from };
}

function keyCredentials(
  { username, key }: { readonly username: string; readonly key: string },
  from: string,
): KaggleCredentials {
  if (!word.test(username) || username.includes(':') || !word.test(key))
    throw unusable(`${from}: user name and key must each be one word`);
  const pair = Buffer.from(`${username}:${key}`).toString('base64');
  return { authorization: `Basic ${pair}`, from };
}

/** What a file with a secret says; null where there is none. */
async function readSecret(
  file: string,
  { platform }: Host,
  { signal, onProgress }: CredentialOptions,
): Promise<string | null> {
  let text: string;
  try {
    text = await readFile(file, { encoding: 'utf8', signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isNotFound(error)) return null;
    throw unusable(`${file} cannot be read`, error);
  }
  // Windows knows no such modes.
  if (platform !== 'win32' && ((await stat(file)).mode & 0o077) !== 0)
    onProgress?.(`Other users of this machine may read ${file}: chmod 600 ${file}`);
  return text.replace(/^\uFEFF/, '').trim();
}

function unusable(what: string, cause?: unknown): RunnerError {
  return new RunnerError(
    'invalid-config',
    `${what}. Correct or remove it; for a new one, ${howToGetToken}.`,
    { cause },
  );
}
