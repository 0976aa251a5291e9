import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** How a repository of the test registry behaves. `busy` answers 429 and then 503 before it answers well. */
export type Behaviour = 'good' | 'busy' | 'always-busy' | 'denied' | 'missing' | 'corrupt';

interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** A real registry (the pull side of the distribution protocol) with one tiny image under every name. */
export class TestRegistry implements AsyncDisposable {
  /** `127.0.0.1:port`, which engines accept without TLS. */
  readonly address: string;
  /** Requests for a manifest, by name. */
  readonly asked = new Map<string, number>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    const { port } = server.address() as AddressInfo; // a TCP server that listens
    this.address = `127.0.0.1:${port}`;
  }

  /** The image's only file is `/content.txt` with `content`. */
  static async start(content: string): Promise<TestRegistry> {
    const image = await tinyImage(content);
    // A layer of its own: one that the engine has already is not asked for.
    const corrupt = await tinyImage(`${content}, corrupt`);
    const server = createServer((request, response) => {
      registry.#answer(request, response, { good: image, corrupt });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const registry = new TestRegistry(server);
    return registry;
  }

  image(behaviour: Behaviour): string {
    return `${this.address}/${behaviour}/image:1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(
    { url = '', method }: IncomingMessage,
    response: ServerResponse,
    images: { readonly good: Image; readonly corrupt: Image },
  ): void {
    const [, behaviour, kind, name] = /^\/v2\/([\w-]+)\/image\/(\w+)\/([\w:]+)$/.exec(url) ?? [];
    if (behaviour === undefined || kind === undefined || name === undefined) {
      response.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' }).end('{}');
      return;
    }
    if (kind === 'manifests' && this.#refuse(behaviour, response)) return;
    const image = behaviour === 'corrupt' ? images.corrupt : images.good;
    const blob =
      kind === 'manifests' ? image.manifest : image.blobs.find(({ digest }) => digest === name);
    if (blob === undefined) {
      fail(response, 404, 'BLOB_UNKNOWN');
      return;
    }
    const broken = behaviour === 'corrupt' && kind === 'blobs' && blob === image.blobs[1];
    const bytes = broken ? Buffer.alloc(blob.bytes.length) : blob.bytes;
    response.writeHead(200, {
      'content-type': kind === 'manifests' ? image.mediaType : 'application/octet-stream',
      'content-length': bytes.length,
      'docker-content-digest': blob.digest,
    });
    response.end(method === 'HEAD' ? undefined : bytes);
  }

  #refuse(behaviour: string, response: ServerResponse): boolean {
    const asked = (this.asked.get(behaviour) ?? 0) + 1;
    this.asked.set(behaviour, asked);
    if (behaviour === 'missing') fail(response, 404, 'MANIFEST_UNKNOWN');
    else if (behaviour === 'denied') fail(response, 403, 'DENIED');
    else if (behaviour === 'always-busy') fail(response, 429, 'TOOMANYREQUESTS');
    else if (behaviour === 'busy' && asked === 1) fail(response, 429, 'TOOMANYREQUESTS');
    else if (behaviour === 'busy' && asked === 2) fail(response, 503, 'UNAVAILABLE');
    else return false;
    return true;
  }
}

function fail(response: ServerResponse, status: number, code: string): void {
  const message = code.toLowerCase().replaceAll('_', ' ');
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message, detail: null }] }));
}

interface Image {
  readonly mediaType: string;
  readonly manifest: Blob;
  /** Configuration, then layer. */
  readonly blobs: readonly [Blob, Blob];
}

function blobOf(bytes: Buffer): Blob {
  return { bytes, digest: digestOf(bytes) };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function tinyImage(content: string): Promise<Image> {
  const archive = pack();
  archive.entry({ name: 'content.txt' }, content);
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) if (chunk instanceof Uint8Array) chunks.push(chunk);
  const tar = Buffer.concat(chunks);
  const layer = blobOf(gzipSync(tar));
  const own = process.arch === 'x64' ? 'amd64' : process.arch;
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        architecture: own,
        os: 'linux',
        config: { Cmd: ['true'] },
        rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      }),
    ),
  );
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: descriptor('application/vnd.docker.container.image.v1+json', config),
    layers: [descriptor('application/vnd.docker.image.rootfs.diff.tar.gzip', layer)],
  };
  const blobs = [config, layer] as const;
  return { mediaType, manifest: blobOf(Buffer.from(JSON.stringify(manifest))), blobs };
}

function descriptor(mediaType: string, { bytes, digest }: Blob): unknown {
  return { mediaType, size: bytes.length, digest };
}
