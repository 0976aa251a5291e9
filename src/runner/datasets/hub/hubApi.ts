import * as z from 'zod';
import type { Host } from '../../host';
import { RunnerError } from '../../model';
import { retryAfterMs } from '../../retryAfter';
import { isPassing, refusalError, unavailable } from './hubErrors';
import { Again, repeat } from './repeat';

/** What a file's content must be: git's own hash, or that of a large file. */
export interface HubDigest {
  readonly algorithm: 'sha256' | 'git-sha1';
  readonly hex: string;
}

export interface HubFile {
  readonly path: string;
  readonly size: number;
  readonly digest: HubDigest;
}

export interface HubOptions {
  readonly signal: AbortSignal;
  /** Called with lines for people: what is downloaded, what is tried again. */
  readonly onProgress?: ((line: string) => void) | undefined;
  /**
   * Called with how many bytes of the file are there, and how many of them have just come; then `onProgress` is not told
   * how far a download is.
   */
  readonly onBytes?: ((bytes: number, added: number) => void) | undefined;
}

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

/** A request as it is sent to whatever address it is led to. */
interface Asking {
  /** What is asked for, in words. */
  readonly what: string;
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers must come within this time; then a request is made again. */
const headersTimeoutMs = 60_000;
const longestRedirectChain = 5;

/**
 * The three questions that datasets need of the Hugging Face hub, each repeated while the hub is busy. The token
 * (`HF_TOKEN`) goes to the hub itself and to no server that it redirects to.
 */
export class HubApi {
  readonly offline: boolean;
  readonly firstPauseMs: number;
  readonly #endpoint: URL;
  readonly #token: string | null;
  readonly #agent: string;

  constructor({ env, version }: Pick<Host, 'env' | 'version'>, { firstPauseMs = 1000 } = {}) {
    this.offline = /^(1|true|yes|on)$/i.test(env['HF_HUB_OFFLINE'] ?? '');
    this.firstPauseMs = firstPauseMs;
    this.#endpoint = endpointOf(env['HF_ENDPOINT']);
    this.#token = env['HF_TOKEN']?.trim() ? env['HF_TOKEN'].trim() : null;
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
      return (await parsed(response, revisionSchema, what)).sha;
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
          entries: await parsed(response, treeSchema, what),
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
    const response = await this.#follow(url, { what, signal, headers });
    if (response.ok || response.status === 416) return response;
    await response.body?.cancel();
    const { status } = response;
    const error = refusalError({
      status,
      code: response.headers.get('x-error-code'),
      what,
      page: this.page(repository),
      hasToken: this.#token !== null,
    });
    if (isPassing(status)) throw new Again(error, retryAfterMs(response.headers));
    throw error;
  }

  async #follow(start: URL, { what, signal, headers }: Asking): Promise<Response> {
    let url = start;
    for (let redirects = 0; redirects <= longestRedirectChain; redirects += 1) {
      const response = await this.#fetch(url, { what, signal, headers });
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) return response;
      await response.body?.cancel();
      url = new URL(location, url);
    }
    throw unavailable(`${what}: the hub redirects without an end.`);
  }

  async #fetch(url: URL, { what, signal, headers }: Asking): Promise<Response> {
    const own = url.origin === this.#endpoint.origin && this.#token !== null;
    const authorization = own ? { authorization: `Bearer ${this.#token}` } : {};
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
    }, headersTimeoutMs);
    try {
      return await fetch(url, {
        headers: { 'user-agent': this.#agent, ...headers, ...authorization },
        redirect: 'manual',
        signal: AbortSignal.any([signal, late.signal]),
      });
    } catch (error) {
      signal.throwIfAborted();
      throw new Again(unreachable(what, error));
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The connection failed, or broke while an answer was read. */
export function unreachable(what: string, cause: unknown): RunnerError {
  return unavailable(`${what}: the hub cannot be reached (${reasonOf(cause)}).`, {
    retryable: true,
    cause,
  });
}

/** undici's own message is "fetch failed"; what failed stands in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
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

async function parsed<T extends z.ZodType>(
  response: Response,
  schema: T,
  what: string,
): Promise<z.output<T>> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw new Again(unreachable(what, error));
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw unavailable(`${what}: the answer of the hub is not what it must be.`, { cause: error });
  }
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
