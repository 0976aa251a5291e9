import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface KaggleCompetition {
  /** As they are listed. A packed one is stored as `<name>.zip`. */
  readonly files: Readonly<Record<string, ServedFile>>;
  /** What `download-all` leads to. */
  readonly archive?: Uint8Array;
  /** What each download is answered while the competition's rules are not accepted. */
  readonly rulesOpen?: boolean;
}

export interface ServedFile {
  readonly bytes: Uint8Array;
  /** As it is listed; null: not at all. Default: as it is. */
  readonly listed?: number | null;
  readonly isPacked?: boolean;
  /** Whether the store says the MD5, as Google's does. */
  readonly md5?: boolean;
  /** The status that asking for it by itself is answered with. */
  readonly refused?: number;
}

/** What happens to the next answers. */
export type KaggleFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection breaks after so many bytes of content. */
  | { readonly kind: 'break'; readonly after: number }
  /** So many bytes of content come, then nothing. */
  | { readonly kind: 'stall'; readonly after: number }
  | { readonly kind: 'corrupt' }
  | { readonly kind: 'ignore-range' }
  /** The store says that the content is so long, and sends none of it. */
  | { readonly kind: 'announce'; readonly size: number };

export interface KaggleRequest {
  readonly host: 'kaggle' | 'store';
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** Kaggle caps the size of a page, and so does this one, lower. */
const longestPage = 2;

/**
 * A server that speaks as much of Kaggle's API as downloads need, and a second one that it sends them to, as Kaggle does.
 * Both listen on sockets of their own, so that they are two origins.
 */
export class KaggleServer implements AsyncDisposable {
  readonly requests: KaggleRequest[] = [];
  /** Taken from the front, one for each answer of Kaggle itself. */
  readonly apiFaults: KaggleFault[] = [];
  /** Taken from the front, one for each answer of the store. */
  readonly faults: KaggleFault[] = [];
  /** Values of the header that are let in. */
  readonly accepted = new Set(['Bearer KGAT_good']);
  readonly #competitions = new Map<string, KaggleCompetition>();
  readonly #kaggle: Server;
  readonly #store: Server;

  private constructor() {
    this.#kaggle = createServer((request, response) => {
      this.#note('kaggle', request);
      this.#answer(request, response);
    });
    this.#store = createServer((request, response) => {
      this.#note('store', request);
      this.#serve(request, response);
    });
  }

  static async start(): Promise<KaggleServer> {
    const server = new KaggleServer();
    for (const one of [server.#kaggle, server.#store]) {
      one.listen(0, '127.0.0.1');
      await once(one, 'listening');
    }
    return server;
  }

  /** What `BENCHYARD_KAGGLE_URL` must be. */
  get url(): string {
    return `${originOf(this.#kaggle)}/api/v1`;
  }

  put(slug: string, competition: KaggleCompetition): void {
    this.#competitions.set(slug, competition);
  }

  /** Requests for content that were answered by the second server. */
  get downloads(): readonly KaggleRequest[] {
    return this.requests.filter(({ host }) => host === 'store');
  }

  /** Breaks off every answer of the store that is under way. */
  breakOff(): void {
    this.#store.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#kaggle, this.#store]) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  }

  #note(host: KaggleRequest['host'], { url = '', headers }: IncomingMessage): void {
    const { authorization, range } = headers;
    this.requests.push({ host, path: url, authorization, range });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const fault = this.apiFaults.shift();
    if (fault?.kind === 'status') {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
      return;
    }
    if (!this.accepted.has(request.headers.authorization ?? '')) {
      refuse(response, 401, 'Unauthenticated');
      return;
    }
    const url = new URL(request.url ?? '', this.url);
    const [, what, slug = '', rest = ''] =
      /^\/api\/v1\/competitions\/data\/(list|download|download-all)\/([^/]+)\/?(.*)$/.exec(
        url.pathname,
      ) ?? [];
    const competition = this.#competitions.get(slug);
    if (competition === undefined) refuse(response, 404, 'Competition not found');
    else if (what === 'list') list(competition, url, response);
    else if (competition.rulesOpen === true)
      refuse(
        response,
        403,
        "You must accept this competition's rules before you'll be able to download files.",
      );
    else this.#redirect(response, { slug, name: what === 'download' ? rest : null, competition });
  }

  #redirect(
    response: ServerResponse,
    {
      slug,
      name,
      competition,
    }: {
      readonly slug: string;
      readonly name: string | null;
      readonly competition: KaggleCompetition;
    },
  ): void {
    const file = name === null ? undefined : competition.files[decodeURIComponent(name)];
    if (name !== null && (file === undefined || file.refused !== undefined)) {
      refuse(response, file?.refused ?? 404, 'File not found');
      return;
    }
    const stored = name === null ? 'archive.zip' : file?.isPacked === true ? `${name}.zip` : name;
    const query = new URLSearchParams({ slug, name: name ?? '' }).toString();
    const location = `${originOf(this.#store)}/bundles/${slug}/${stored}?${query}`;
    response.writeHead(302, { location }).end();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { searchParams } = new URL(request.url ?? '', originOf(this.#store));
    const competition = this.#competitions.get(searchParams.get('slug') ?? '');
    const name = decodeURIComponent(searchParams.get('name') ?? '');
    const file = competition?.files[name];
    const bytes = (name === '' ? competition?.archive : file?.bytes) ?? new Uint8Array();
    const fault = this.faults.shift();
    if (fault?.kind === 'status') {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
      return;
    }
    const headers =
      file?.md5 === true ? { 'x-goog-hash': `crc32c=AAAAAA==,md5=${md5(bytes)}` } : {};
    send(request, response, { whole: Buffer.from(bytes), headers, fault });
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  {
    whole,
    headers,
    fault,
  }: {
    readonly whole: Buffer;
    readonly headers: Readonly<Record<string, string>>;
    readonly fault: Exclude<KaggleFault, { kind: 'status' }> | undefined;
  },
): void {
  if (fault?.kind === 'announce') {
    response.writeHead(200, { 'content-length': fault.size });
    response.flushHeaders();
    return;
  }
  const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const from = start === undefined || fault?.kind === 'ignore-range' ? 0 : Number(start);
  const all = String(whole.length);
  if (from > 0 && from >= whole.length) {
    response.writeHead(416, { 'content-range': `bytes */${all}` }).end();
    return;
  }
  const rest = Buffer.from(whole.subarray(from));
  if (fault?.kind === 'corrupt') rest.fill(0x20, 0, 8);
  response.writeHead(from === 0 ? 200 : 206, {
    ...headers,
    'content-length': rest.length,
    ...(from === 0
      ? {}
      : { 'content-range': `bytes ${String(from)}-${String(whole.length - 1)}/${all}` }),
  });
  if (fault?.kind === 'break')
    response.write(rest.subarray(0, fault.after), () => response.socket?.end());
  else if (fault?.kind === 'stall') response.write(rest.subarray(0, fault.after));
  else response.end(rest);
}

function list({ files }: KaggleCompetition, url: URL, response: ServerResponse): void {
  const from = Number(url.searchParams.get('pageToken') ?? '0');
  const asked = Number(url.searchParams.get('pageSize') ?? '20');
  const to = from + Math.min(asked, longestPage);
  const all = Object.entries(files);
  const page = all.slice(from, to).map(([name, { bytes, listed = bytes.length }]) => ({
    ref: name,
    name,
    creationDate: '2016-09-01T00:00:00Z',
    ...(listed === null ? {} : { totalBytes: listed }),
  }));
  json(response, { files: page, nextPageToken: to < all.length ? String(to) : '' });
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}

function originOf(server: Server): string {
  const { port } = server.address() as AddressInfo; // a server on a port has no other address
  return `http://127.0.0.1:${String(port)}`;
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.statusCode = status;
  json(response, { code: status, message });
}
