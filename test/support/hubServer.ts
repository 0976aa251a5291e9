import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server answers for a dataset. */
export type HubBehaviour =
  | 'good'
  | 'busy' // 429 with a Retry-After, then 503, then well
  | 'always-busy'
  | 'gated'
  | 'private'
  | 'html'; // an answer that no hub would give

interface HubDataset {
  commit: string;
  readonly files: Map<string, Buffer>;
  behaviour: HubBehaviour;
  failures: number;
}

/** What happens to the next answers with a file's content. */
export type ContentFault =
  | { readonly kind: 'break'; readonly after: number } // the connection breaks after so many bytes
  | { readonly kind: 'corrupt' }
  | { readonly kind: 'ignore-range' };

export interface HubRequest {
  readonly host: 'hub' | 'store';
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

const pageSize = 2;

/**
 * A server that speaks as much of the Hugging Face hub's protocol as datasets need, and a second one that it sends
 * downloads to, as the hub does. Both listen on sockets of their own, so that they are two origins.
 */
export class HubServer implements AsyncDisposable {
  readonly requests: HubRequest[] = [];
  /** Taken from the front, one for each answer with content. */
  readonly faults: ContentFault[] = [];
  /** Also when it is stopped. */
  endpoint = '';
  readonly #datasets = new Map<string, HubDataset>();
  readonly #hub: Server;
  readonly #store: Server;

  private constructor() {
    this.#hub = createServer((request, response) => {
      this.#answer(request, response);
    });
    this.#store = createServer((request, response) => {
      this.#serve(request, response);
    });
  }

  static async start(): Promise<HubServer> {
    const server = new HubServer();
    for (const one of [server.#hub, server.#store]) {
      one.listen(0, '127.0.0.1');
      await once(one, 'listening');
    }
    server.endpoint = originOf(server.#hub);
    return server;
  }

  /** Adds a dataset, or a new commit of it. */
  put(
    repository: string,
    files: Readonly<Record<string, string | ArrayBuffer | Uint8Array>>,
    behaviour: HubBehaviour = 'good',
  ): string {
    const content = Object.entries(files).map(([name, bytes]) => [name, bytesOf(bytes)] as const);
    const hash = createHash('sha1').update(repository);
    for (const [name, bytes] of content) hash.update(name).update(bytes);
    const commit = hash.digest('hex');
    this.#datasets.set(repository, { commit, files: new Map(content), behaviour, failures: 0 });
    return commit;
  }

  /** Requests for content that were answered by the second server. */
  get downloads(): readonly HubRequest[] {
    return this.requests.filter(({ host }) => host === 'store');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#hub, this.#store]) {
      if (!server.listening) continue;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  }

  #note(host: HubRequest['host'], { url = '', headers }: IncomingMessage): void {
    const { authorization, range } = headers;
    this.requests.push({ host, path: url, authorization, range });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#note('hub', request);
    const url = new URL(request.url ?? '', this.endpoint);
    const [, api, repository = '', rest = ''] =
      /^\/(api\/)?datasets\/([^/]+\/[^/]+)\/(.*)$/.exec(url.pathname) ?? [];
    const dataset = this.#datasets.get(repository);
    if (dataset === undefined) {
      refuse(response, 401, 'RepoNotFound');
    } else if (!this.#refused(dataset, request, response)) {
      const commit = /^(?:revision|tree|resolve)\/([^/]+)/.exec(rest)?.[1] ?? '';
      const isKnown = decodeURIComponent(commit) === 'main' || commit === dataset.commit;
      if (!isKnown) refuse(response, 404, 'RevisionNotFound');
      else if (api === undefined) this.#redirect(dataset, repository, { rest, response });
      else if (rest.startsWith('revision/'))
        json(response, { id: repository, sha: dataset.commit });
      else this.#list(dataset, url, response);
    }
  }

  /** Whether the dataset's behaviour made an answer. */
  #refused(dataset: HubDataset, request: IncomingMessage, response: ServerResponse): boolean {
    switch (dataset.behaviour) {
      case 'good':
        return false;
      case 'busy':
        dataset.failures += 1;
        if (dataset.failures > 2) return false;
        if (dataset.failures === 1) response.setHeader('retry-after', '0.01');
        refuse(response, dataset.failures === 1 ? 429 : 503, null);
        return true;
      case 'always-busy':
        refuse(response, 503, null);
        return true;
      case 'gated':
        if (request.headers.authorization === 'Bearer hf_good') return false;
        refuse(response, request.headers.authorization === undefined ? 401 : 403, 'GatedRepo');
        return true;
      case 'private':
        if (request.headers.authorization === 'Bearer hf_good') return false;
        refuse(response, 401, 'RepoNotFound');
        return true;
      case 'html':
        response.end('<html>a login page of the network</html>');
        return true;
    }
  }

  #list(dataset: HubDataset, url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('cursor') ?? '0');
    const files = [...dataset.files].slice(from, from + pageSize);
    if (from + pageSize < dataset.files.size) {
      url.searchParams.set('cursor', String(from + pageSize));
      response.setHeader('link', `<${url.href}>; rel="next"`);
    }
    const folders = from === 0 ? [{ type: 'directory', oid: '0', size: 0, path: 'data' }] : [];
    json(response, [...folders, ...files.map(([path, bytes]) => treeEntry(path, bytes))]);
  }

  #redirect(
    dataset: HubDataset,
    repository: string,
    { rest, response }: { readonly rest: string; readonly response: ServerResponse },
  ): void {
    const path = rest.split('/').slice(2).map(decodeURIComponent).join('/');
    if (!dataset.files.has(path)) {
      refuse(response, 404, 'EntryNotFound');
      return;
    }
    const query = new URLSearchParams({ repository, path }).toString();
    response.writeHead(302, { location: `${originOf(this.#store)}/content?${query}` });
    response.end();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    this.#note('store', request);
    const { searchParams } = new URL(request.url ?? '', originOf(this.#store));
    const dataset = this.#datasets.get(searchParams.get('repository') ?? '');
    const whole = dataset?.files.get(searchParams.get('path') ?? '') ?? Buffer.alloc(0);
    const fault = this.faults.shift();
    const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const from = start === undefined || fault?.kind === 'ignore-range' ? 0 : Number(start);
    if (from > 0 && from >= whole.length) {
      response.writeHead(416).end();
      return;
    }
    const rest = Buffer.from(whole.subarray(from));
    if (fault?.kind === 'corrupt') rest.fill(0x20, 0, 8);
    response.writeHead(from === 0 ? 200 : 206, {
      'content-length': rest.length,
      ...(from === 0
        ? {}
        : {
            'content-range': `bytes ${String(from)}-${String(whole.length - 1)}/${String(whole.length)}`,
          }),
    });
    if (fault?.kind === 'break')
      response.write(rest.subarray(0, fault.after), () => response.socket?.end());
    else response.end(rest);
  }
}

function originOf(server: Server): string {
  const { port } = server.address() as AddressInfo; // a server on a port has no other address
  return `http://127.0.0.1:${String(port)}`;
}

function bytesOf(content: string | ArrayBuffer | Uint8Array): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof ArrayBuffer ? Buffer.from(content) : Buffer.from(content);
}

/** Parquet files are large files, everything else is git's own. */
function treeEntry(path: string, bytes: Buffer): object {
  const git = createHash('sha1')
    .update(`blob ${String(bytes.length)}\0`)
    .update(bytes)
    .digest('hex');
  const entry = { type: 'file', path, size: bytes.length, oid: git };
  if (!path.endsWith('.parquet')) return entry;
  const oid = createHash('sha256').update(bytes).digest('hex');
  return { ...entry, lfs: { oid, size: bytes.length, pointerSize: 130 } };
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string | null): void {
  if (code !== null) response.setHeader('x-error-code', code);
  response.statusCode = status;
  json(response, { error: code ?? 'busy' });
}
