import * as z from 'zod';
import type { Host } from '../../host';
import { credentialsFor } from './credentials';
import type { ImageName } from './imageName';
import { dockerHub } from './imageName';
import { retryAfterMs } from '../../retryAfter';

/** What an image weighs in its registry. */
export interface ImageWeight {
  readonly layers: readonly {
    /** The layer's own name in an engine, where the image's configuration could be read. */
    readonly id: string | null;
    /** Compressed. */
    readonly bytes: number;
  }[];
}

interface Call {
  readonly host: Host;
  readonly signal: AbortSignal;
}

const answerMs = 20_000;
const accepted = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

const manifestSchema = z.object({
  config: z.object({ digest: z.string() }),
  layers: z.array(z.object({ size: z.number().nonnegative() })),
});
const indexSchema = z.object({
  manifests: z.array(
    z.object({
      digest: z.string(),
      platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
    }),
  ),
});
const configSchema = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) });
const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/**
 * Sizes of an image's layers, or null where this machine cannot ask the registry (the engine may reach it another way).
 * Docker Hub counts every such question as a pull, so it is asked only when the answer decides something.
 */
export async function weigh(
  name: ImageName,
  architecture: string,
  call: Call,
): Promise<ImageWeight | null> {
  try {
    const registry = new Registry(name, call);
    let manifest: unknown = await registry.json(`manifests/${name.reference.slice(1)}`);
    const index = indexSchema.safeParse(manifest);
    if (index.success) {
      const { manifests } = index.data;
      const own = manifests.find(({ platform }) => platform?.architecture === architecture);
      const linux = manifests.find(({ platform }) => platform?.os === 'linux');
      const chosen = own ?? linux;
      if (chosen === undefined) return null;
      manifest = await registry.json(`manifests/${chosen.digest}`);
    }
    const { config, layers } = manifestSchema.parse(manifest);
    const described = configSchema.safeParse(
      await registry.json(`blobs/${config.digest}`).catch(() => null),
    );
    const ids = described.data?.rootfs.diff_ids ?? [];
    const known = ids.length === layers.length;
    return {
      layers: layers.map(({ size }, n) => ({ id: known ? (ids[n] ?? null) : null, bytes: size })),
    };
  } catch (error) {
    call.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    call.host.log('debug', `the size of ${name.repository} is not known beforehand: ${reason}`);
    return null;
  }
}

/** How long a registry that refused wants to be left alone, where it says so. Engines keep that to themselves. */
export async function askRetryAfter(name: ImageName, call: Call): Promise<number | null> {
  try {
    const registry = new Registry(name, call);
    const path = `manifests/${name.reference.slice(1)}`;
    // HEAD is not counted as a pull.
    const { status, headers } = await registry.request(path, 'HEAD');
    const ms = status === 429 ? retryAfterMs(headers) : 0;
    return ms > 0 ? ms : null;
  } catch {
    call.signal.throwIfAborted();
    return null;
  }
}

/** The pull side of the distribution protocol, for one repository. */
class Registry {
  readonly #name: ImageName;
  readonly #call: Call;
  #authorization: string | null = null;

  constructor(name: ImageName, call: Call) {
    this.#name = name;
    this.#call = call;
  }

  async json(path: string): Promise<unknown> {
    const response = await this.request(path, 'GET');
    if (response.ok) return await response.json();
    throw new Error(`the registry answered ${response.status}`);
  }

  async request(path: string, method: 'GET' | 'HEAD'): Promise<Response> {
    const first = await this.#fetch(path, method);
    if (first.status !== 401 || this.#authorization !== null) return first;
    await first.body?.cancel();
    this.#authorization = await this.#authorize(first.headers.get('www-authenticate') ?? '');
    return await this.#fetch(path, method);
  }

  #fetch(path: string, method: string): Promise<Response> {
    const { registry, repository } = this.#name;
    const address = registry === dockerHub ? 'registry-1.docker.io' : registry;
    const local = /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(address);
    return fetch(`${local ? 'http' : 'https'}://${address}/v2/${repository}/${path}`, {
      method,
      headers: {
        accept: accepted,
        ...(this.#authorization === null ? {} : { authorization: this.#authorization }),
      },
      signal: this.#signal(),
    });
  }

  /** https://distribution.github.io/distribution/spec/auth/token/ */
  async #authorize(challenge: string): Promise<string> {
    const { registry, repository } = this.#name;
    const { host, signal } = this.#call;
    const known = await credentialsFor(registry, host, signal);
    const basic =
      known !== null && 'password' in known
        ? `Basic ${Buffer.from(`${known.username}:${known.password}`).toString('base64')}`
        : null;
    if (!/^bearer /i.test(challenge)) {
      if (basic === null) throw new Error('the registry asks for credentials');
      return basic;
    }
    const [, realm] = /realm="([^"]+)"/i.exec(challenge) ?? [];
    const [, service] = /service="([^"]+)"/i.exec(challenge) ?? [];
    if (realm === undefined) throw new Error('the registry does not say where to log in');
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', `repository:${repository}:pull`);
    const response = await fetch(url, {
      headers: basic === null ? {} : { authorization: basic },
      signal: this.#signal(),
    });
    if (!response.ok) throw new Error(`logging in was answered with ${response.status}`);
    const { token, access_token: access } = tokenSchema.parse(await response.json());
    return `Bearer ${token ?? access ?? ''}`;
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#call.signal, AbortSignal.timeout(answerMs)]);
  }
}
