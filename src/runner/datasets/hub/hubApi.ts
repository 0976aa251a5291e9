import * as z from 'zod';
import type { Digest } from '../../download/digest';
import type { Asking } from '../../download/follow';
import { follow, parsedAnswer } from '../../download/follow';
import type { DownloadOptions } from '../../download/progress';
import { Again, repeat } from '../../download/repeat';
import { isPassing, unavailable } from '../../download/unavailable';
import type { Host } from '../../host';
import { RunnerError } from '../../model';
import { retryAfterMs } from '../../retryAfter';
import { refusalError } from './hubErrors';

export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** git's own hash, or that of a large file. */
  readonly digest: Digest;
}

export type HubOptions = DownloadOptions;

const revisionSchema = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.number().optional(),
    oid: z.string(),
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.number() }).optional(),
  }),
);

/** The hub in messages, where it begins no sentence. */
export const hubName = 'the hub';

/**
 * The three questions that datasets need of the Hugging Face hub, each repeated while the hub is busy. The token
 * (`HF_TOKEN`) goes to the hub itself and to no server that it redirects to.
 */
export class HubApi {
  readonly offline: boolean;
  readonly firstPauseMs: number;
  readonly #endpoint: URL;
  readonly #credentials: Asking['credentials'];
  readonly #agent: string;

  constructor({ env, version }: Pick<Host, 'env' | 'version'>, { firstPauseMs = 1000 } = {}) {
    this.offline = /^(1|true|yes|on)$/i.test(env['HF_HUB_OFFLINE'] ?? '');
    this.firstPauseMs = firstPauseMs;
    this.#endpoint = endpointOf(env['HF_ENDPOINT']);
    const token = env['HF_TOKEN']?.trim() ?? '';
    this.#credentials =
      token === '' ? null : { origin: this.#endpoint.origin, authorization: `Bearer ${token}` };
    this.#agent = `benchyard/${version}`;
  }

  /** Where a person can look at a dataset. */
  page(repository: string): string {
    return this.#url(`datasets/${repository}`).href;
  }

  /** The commit that a branch, tag or commit means now. */
  async commitOf(repository: string, revision: string, options: HubOptions): Promise<string> {
    const url = this.#url(`api/datasets/${repository}/revision/${encodeURIComponent(revision)}`);
    const what = `${repository}@${revision}`;
    return await this.#repeated(options, async () => {
      const response = await this.#get(url, { what, repository, signal: options.signal });
      return (await parsedAnswer(response, revisionSchema, { what, server: hubName })).sha;
    });
  }

  /** All files of a dataset at a commit. */
  async files(
    repository: string,
    commit: string,
    options: HubOptions,
  ): Promise<readonly HubFile[]> {
    const what = `${repository}@${commit}`;
    const files: HubFile[] = [];
    let next: URL | null = this.#url(`api/datasets/${repository}/tree/${commit}?recursive=true`);
    while (next !== null) {
      const url: URL = next;
      const page = await this.#repeated(options, async () => {
        const response = await this.#get(url, { what, repository, signal: options.signal });
        return {
          entries: await parsedAnswer(response, treeSchema, { what, server: hubName }),
          following: nextPage(response.headers.get('link'), url),
        };
      });
      files.push(...page.entries.filter(({ type }) => type === 'file').map(hubFile));
      next = page.following;
    }
    return files;
  }

  /** Opens a file's content from byte `from` on. Asked once: whoever reads it decides what to do about a broken answer. */
  async open(
    { repository, commit }: { readonly repository: string; readonly commit: string },
    path: string,
    { from, signal }: { readonly from: number; readonly signal: AbortSignal },
  ): Promise<Response> {
    const place = path.split('/').map(encodeURIComponent).join('/');
    const url = this.#url(`datasets/${repository}/resolve/${commit}/${place}`);
    const range = from === 0 ? {} : { range: `bytes=${String(from)}-` };
    const headers = { 'accept-encoding': 'identity', ...range };
    return await this.#get(url, { what: `${repository}/${path}`, repository, signal, headers });
  }

  #url(path: string): URL {
    return new URL(`${this.#endpoint.href.replace(/\/+$/, '')}/${path}`);
  }

  async #repeated<T>(options: HubOptions, work: () => Promise<T>): Promise<T> {
    const { signal, onProgress } = options;
    const onRepeat = (line: string): void => onProgress?.(line);
    return await repeat(work, { signal, firstPauseMs: this.firstPauseMs, onRepeat });
  }

  async #get(
    url: URL,
    {
      what,
      repository,
      signal,
      headers = {},
    }: {
      readonly what: string;
      readonly repository: string;
      readonly signal: AbortSignal;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<Response> {
    if (this.offline) throw unavailable(`${what} is not in the cache, and HF_HUB_OFFLINE is set.`);
    const response = await follow(url, {
      what,
      server: hubName,
      signal,
      headers: { 'user-agent': this.#agent, ...headers },
      credentials: this.#credentials,
    });
    if (response.ok || response.status === 416) return response;
    await response.body?.cancel();
    const { status } = response;
    const error = refusalError({
      status,
      code: response.headers.get('x-error-code'),
      what,
      page: this.page(repository),
      hasToken: this.#credentials !== null,
    });
    if (isPassing(status)) throw new Again(error, retryAfterMs(response.headers));
    throw error;
  }
}

function endpointOf(text = ''): URL {
  try {
    const url = new URL(text.trim() === '' ? 'https://huggingface.co' : text.trim());
    if (/^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  } catch {
    // told below, without the text: it may hold a password
  }
  throw new RunnerError(
    'invalid-config',
    'HF_ENDPOINT must be an http or https address without a user name and password.',
  );
}

function hubFile(entry: z.output<typeof treeSchema>[number]): HubFile {
  const { path, size = 0, oid, lfs } = entry;
  return lfs === undefined
    ? { path, size, digest: { algorithm: 'git-sha1', hex: oid } }
    : { path, size: lfs.size, digest: { algorithm: 'sha256', hex: lfs.oid } };
}

function nextPage(link: string | null, url: URL): URL | null {
  const [, next] = /<([^>]+)>\s*;\s*rel="next"/.exec(link ?? '') ?? [];
  return next === undefined ? null : new URL(next, url);
}
