import path from 'node:path';
import * as z from 'zod';
import type { Digest } from '../../../download/digest';
import type { OpenedContent } from '../../../download/fetchWhole';
import type { Asking } from '../../../download/follow';
import { follow, parsedAnswer } from '../../../download/follow';
import type { DownloadOptions } from '../../../download/progress';
import { Again, repeat } from '../../../download/repeat';
import { isPassing, unavailable } from '../../../download/unavailable';
import type { Host } from '../../../host';
import { RunnerError } from '../../../model';
import { retryAfterMs } from '../../../retryAfter';
import type { KaggleCredentials } from './credentials';
import type { Refusal } from './kaggleErrors';
import { FileRefused, isAboutFile, refusalError } from './kaggleErrors';

/** Kaggle in messages. */
export const kaggleName = 'Kaggle';

/** A file as Kaggle lists it. */
export interface KaggleFile {
  readonly name: string;
  /** Bytes as Kaggle shows them, which may be sent packed; null: it does not say. */
  readonly size: number | null;
}

/** A file's content as Kaggle, or the store that it leads to, begins to send it. */
export interface KaggleContent extends OpenedContent {
  /** What it is called where it is stored: Kaggle packs some files, and sends `train.csv.zip` for `train.csv`. */
  readonly storedName: string;
}

const listSchema = z.object({
  files: z.array(
    z.object({
      name: z.string().min(1),
      totalBytes: z.coerce.number().int().nonnegative().nullish(),
    }),
  ),
  nextPageToken: z.string().nullish(),
});
const messageSchema = z.object({ message: z.string() });

const pageSize = 100;
/** More of a refusal is not read. */
const longestRefusal = 64_000;
const longestSaid = 200;

/** The questions that competitions need of Kaggle. Credentials go to Kaggle itself and to no server that it redirects to. */
export class KaggleApi {
  readonly firstPauseMs: number;
  readonly #base: string;
  readonly #from: string;
  readonly #credentials: NonNullable<Asking['credentials']>;
  readonly #agent: string;

  constructor(
    { env, version }: Pick<Host, 'env' | 'version'>,
    { authorization, from }: KaggleCredentials,
    { firstPauseMs = 1000 } = {},
  ) {
    const base = baseOf(env['BENCHYARD_KAGGLE_URL']);
    this.firstPauseMs = firstPauseMs;
    this.#base = base.href.replace(/\/+$/, '');
    this.#from = from;
    this.#credentials = { origin: base.origin, authorization };
    this.#agent = `benchyard/${version}`;
  }

  /** Files of a competition, a page after the other. Each page is repeated while Kaggle is busy. */
  async *pages(slug: string, options: DownloadOptions): AsyncGenerator<readonly KaggleFile[]> {
    const { signal, onProgress } = options;
    const onRepeat = (line: string): void => onProgress?.(line);
    let token = '';
    do {
      const url = this.#url('competitions/data/list', slug);
      url.searchParams.set('pageSize', String(pageSize));
      if (token !== '') url.searchParams.set('pageToken', token);
      const ask = async (): Promise<z.output<typeof listSchema>> => {
        const response = await this.#get(url, { slug, what: slug, signal });
        return await parsedAnswer(response, listSchema, { what: slug, server: kaggleName });
      };
      const page = await repeat(ask, { signal, firstPauseMs: this.firstPauseMs, onRepeat });
      yield page.files.map(({ name, totalBytes = null }) => ({ name, size: totalBytes }));
      token = page.files.length === 0 ? '' : (page.nextPageToken ?? '');
    } while (token !== '');
  }

  /**
   * Opens the content of a file, or of the archive of all files (`name` is null), from byte `from` on. Asked once. Rejects
   * with `FileRefused` when the one file is not given out.
   */
  async open(
    { slug, name }: { readonly slug: string; readonly name: string | null },
    { from, signal }: { readonly from: number; readonly signal: AbortSignal },
  ): Promise<KaggleContent> {
    const what = name === null ? slug : `${slug}/${name}`;
    const url =
      name === null
        ? this.#url('competitions/data/download-all', slug)
        : this.#url('competitions/data/download', slug, ...name.split('/'));
    const range = from === 0 ? {} : { range: `bytes=${String(from)}-` };
    const headers = { 'accept-encoding': 'identity', ...range };
    const response = await this.#get(url, { slug, what, signal, headers, isFile: name !== null });
    if ((response.headers.get('content-encoding') ?? 'identity') !== 'identity') {
      await response.body?.cancel();
      throw unavailable(`${what}: Kaggle sends it packed in a way that was not asked for.`);
    }
    return {
      response,
      size: sizeOf(response),
      digest: digestOf(response.headers),
      storedName: path.posix.basename(decoded(new URL(response.url).pathname)),
    };
  }

  #url(place: string, ...parts: readonly string[]): URL {
    return new URL(`${this.#base}/${place}/${parts.map(encodeURIComponent).join('/')}`);
  }

  async #get(
    url: URL,
    {
      slug,
      what,
      signal,
      headers = {},
      isFile = false,
    }: {
      readonly slug: string;
      readonly what: string;
      readonly signal: AbortSignal;
      readonly headers?: Readonly<Record<string, string>>;
      readonly isFile?: boolean;
    },
  ): Promise<Response> {
    const response = await follow(url, {
      what,
      server: kaggleName,
      signal,
      headers: { 'user-agent': this.#agent, ...headers },
      credentials: this.#credentials,
    });
    const { status } = response;
    if (response.ok || status === 416) return response;
    const said = await wordsOf(response);
    const afterMs = retryAfterMs(response.headers);
    const refusal: Refusal = { status, said, what, slug, from: this.#from, afterMs };
    const error = refusalError(refusal);
    if (isPassing(status)) throw new Again(error, afterMs);
    throw isFile && isAboutFile(refusal) ? new FileRefused(error) : error;
  }
}

/** What Kaggle says about a refusal, on one line and short. */
async function wordsOf(response: Response): Promise<string> {
  const text = await beginningOf(response);
  let said = text;
  try {
    said = messageSchema.parse(JSON.parse(text)).message;
  } catch {
    if (text.trimStart().startsWith('<')) return ''; // a page for browsers
  }
  return said
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, longestSaid)
    .replace(/\.$/, '');
}

async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  try {
    while (reader !== undefined && text.length < longestRefusal) {
      const chunk = await reader.read();
      if (chunk.done) break;
      text += chunk.value;
    }
    await reader?.cancel();
  } catch {
    // The status says enough.
  }
  return text;
}

/** Bytes of the whole, of an answer with all of it or with its end. */
function sizeOf({ status, headers }: Response): number | null {
  const length = status === 200 ? (headers.get('content-length') ?? '') : '';
  const [, whole] = /\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  const size = /^\d+$/.test(length) ? length : whole;
  return size === undefined ? null : Number(size);
}

/** Google's store says the MD5 of what it stores, which is what it sends unless it unpacks it on the way. */
function digestOf(headers: Headers): Digest | null {
  if ((headers.get('x-goog-stored-content-encoding') ?? 'identity') !== 'identity') return null;
  const [, base64] = /\bmd5=([A-Za-z0-9+/]{22}==)/.exec(headers.get('x-goog-hash') ?? '') ?? [];
  return base64 === undefined
    ? null
    : { algorithm: 'md5', hex: Buffer.from(base64, 'base64').toString('hex') };
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

/** Keys go nowhere in the open, but to this machine. */
function baseOf(text = ''): URL {
  try {
    const url = new URL(text.trim() === '' ? 'https://www.kaggle.com/api/v1' : text.trim());
    const isSafe =
      url.protocol === 'https:' ||
      (url.protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname));
    if (isSafe && url.username === '' && url.password === '') return url;
  } catch {
    // told below, without the text: it may hold a password
  }
  throw new RunnerError(
    'invalid-config',
    'BENCHYARD_KAGGLE_URL must be an https address (http only on this machine) without a user name and password.',
  );
}
