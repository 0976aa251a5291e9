import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** A request that was answered. */
export interface Asked {
  readonly method: string;
  readonly kind: 'manifests' | 'blobs';
  readonly repository: string;
  readonly digest: string;
  readonly status: number;
}

/** A layer to share between images: that many bytes which do not compress. */
export interface TestLayer {
  readonly blob: Blob;
  readonly diffId: string;
}

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';

/** The pull side of a registry with many images, which can be slow, limited, broken or closed to strangers. */
export class ImageRegistry implements AsyncDisposable {
  /** `127.0.0.1:port`, which engines accept without TLS. */
  readonly address: string;
  readonly asked: Asked[] = [];
  /** Manifests that may still be had; then 429 until somebody raises it. */
  allowance = Number.POSITIVE_INFINITY;
  retryAfterS: number | null = null;
  /** So many answers with a layer break off in the middle. */
  cuts = 0;
  /** Layers wait for it. */
  flow: Promise<void> = Promise.resolve();
  /** `user:password`, or null for everybody. */
  login: string | null = null;
  readonly #server: Server;
  readonly #blobs = new Map<string, Blob>();
  readonly #manifests = new Map<string, Blob>();

  private constructor(server: Server) {
    this.#server = server;
    const { port } = server.address() as AddressInfo; // a TCP server that listens
    this.address = `127.0.0.1:${port}`;
  }

  static async start(): Promise<ImageRegistry> {
    const server = createServer((request, response) => {
      void registry.#answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const registry = new ImageRegistry(server);
    return registry;
  }

  static async layer(bytes: number): Promise<TestLayer> {
    const archive = pack();
    archive.entry({ name: randomBytes(4).toString('hex') }, randomBytes(bytes));
    archive.finalize();
    const chunks: Uint8Array[] = [];
    for await (const chunk of archive) if (chunk instanceof Uint8Array) chunks.push(chunk);
    const tar = Buffer.concat(chunks);
    return { blob: blobOf(gzipSync(tar, { level: 1 })), diffId: digestOf(tar) };
  }

  /** @returns the image's name */
  add(repository: string, layers: readonly TestLayer[]): string {
    const config = blobOf(
      Buffer.from(
        JSON.stringify({
          architecture: 'amd64',
          os: 'linux',
          config: { Cmd: ['true'] },
          rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
          history: layers.map((_, n) => ({ created_by: `COPY layer ${n} # ${repository}` })),
        }),
      ),
    );
    const manifest = blobOf(
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: manifestType,
          config: describe('application/vnd.docker.container.image.v1+json', config),
          layers: layers.map(({ blob }) =>
            describe('application/vnd.docker.image.rootfs.diff.tar.gzip', blob),
          ),
        }),
      ),
    );
    for (const blob of [config, ...layers.map((layer) => layer.blob)])
      this.#blobs.set(blob.digest, blob);
    this.#manifests.set(`${repository}@latest`, manifest);
    this.#manifests.set(`${repository}@${manifest.digest}`, manifest);
    return `${this.address}/${repository}:latest`;
  }

  /** How often a layer was loaded to its end. */
  loads({ blob }: TestLayer): number {
    return this.asked.filter(
      ({ digest, method, status }) => digest === blob.digest && method === 'GET' && status === 200,
    ).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(
    { url = '', method = 'GET', headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const basic = `Basic ${Buffer.from(this.login ?? '').toString('base64')}`;
    if (this.login !== null && headers.authorization !== basic) {
      response.setHeader('www-authenticate', 'Basic realm="test"');
      fail(response, 401, 'UNAUTHORIZED');
      return;
    }
    const [, repository = '', kind, name = ''] =
      /^\/v2\/(.+)\/(manifests|blobs)\/([\w:]+)$/.exec(url) ?? [];
    if (kind !== 'manifests' && kind !== 'blobs') {
      response.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' }).end('{}');
      return;
    }
    const say = (status: number): void => {
      this.asked.push({ method, kind, repository, digest: name, status });
    };
    if (kind === 'manifests') {
      if (this.allowance <= 0) {
        say(429);
        if (this.retryAfterS !== null) response.setHeader('retry-after', this.retryAfterS);
        fail(response, 429, 'TOOMANYREQUESTS');
        return;
      }
      if (method === 'GET') this.allowance -= 1;
    }
    const blob =
      kind === 'blobs' ? this.#blobs.get(name) : this.#manifests.get(`${repository}@${name}`);
    if (blob === undefined) {
      say(404);
      fail(response, 404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN');
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    const { bytes: whole } = blob;
    response.writeHead(from === 0 ? 200 : 206, {
      'content-type': kind === 'manifests' ? manifestType : 'application/octet-stream',
      'content-length': whole.length - from,
      ...(from === 0
        ? {}
        : { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` }),
      'docker-content-digest': blob.digest,
    });
    if (method === 'HEAD') {
      response.end();
      return;
    }
    if (kind === 'blobs' && blob.bytes.length > 10_000) {
      await this.flow;
      if (this.cuts > 0) {
        this.cuts -= 1;
        response.write(whole.subarray(from, whole.length / 2), () => {
          response.destroy();
        });
        return;
      }
    }
    say(200);
    response.end(whole.subarray(from));
  }
}

function fail(response: ServerResponse, status: number, code: string): void {
  const message = code.toLowerCase().replaceAll('_', ' ');
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message, detail: null }] }));
}

function blobOf(bytes: Buffer): Blob {
  return { bytes, digest: digestOf(bytes) };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function describe(mediaType: string, { bytes, digest }: Blob): unknown {
  return { mediaType, size: bytes.length, digest };
}
