import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type Docker from 'dockerode';
import * as z from 'zod';
import type { Host } from '../../host';
import { RunnerError } from '../../model/errors';

/** An address where an engine may answer, as DOCKER_HOST spells it. */
export interface Endpoint {
  readonly uri: string;
  /** Where it was found: DOCKER_HOST, a context, the platform's custom. */
  readonly origin: string;
}

const configSchema = z.object({ currentContext: z.string().optional() });
const contextSchema = z.object({ Endpoints: z.object({ docker: z.object({ Host: z.string() }) }) });

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return null; // Not there, or not ours to judge: Docker's own command says what is wrong with it.
  }
}

async function contextEndpoint(host: Host): Promise<Endpoint | null> {
  const folder = host.env['DOCKER_CONFIG'] ?? path.join(host.homeDir, '.docker');
  const config = configSchema.safeParse(await readJson(path.join(folder, 'config.json')));
  const name = host.env['DOCKER_CONTEXT'] ?? config.data?.currentContext ?? 'default';
  if (name === 'default' || name === '') return null;
  const digest = createHash('sha256').update(name).digest('hex');
  const file = path.join(folder, 'contexts', 'meta', digest, 'meta.json');
  const context = contextSchema.safeParse(await readJson(file));
  return context.success
    ? { uri: context.data.Endpoints.docker.Host, origin: `Docker context ${name}` }
    : null;
}

/** Addresses to try, in order. What the user set (DOCKER_HOST, a context) is the only one when it is set. */
export async function endpointsOf(host: Host): Promise<readonly Endpoint[]> {
  const set = host.env['DOCKER_HOST'];
  if (set !== undefined && set !== '') return [{ uri: set, origin: 'DOCKER_HOST' }];
  const context = await contextEndpoint(host);
  if (context !== null) return [context];
  if (host.platform === 'win32') {
    return [{ uri: 'npipe:////./pipe/docker_engine', origin: 'default' }];
  }
  const runtimeDir = host.env['XDG_RUNTIME_DIR'];
  const sockets = [
    '/var/run/docker.sock',
    ...(runtimeDir === undefined ? [] : [path.join(runtimeDir, 'docker.sock')]),
    path.join(host.homeDir, '.docker', 'run', 'docker.sock'),
    path.join(host.homeDir, '.colima', 'default', 'docker.sock'),
    ...(runtimeDir === undefined ? [] : [path.join(runtimeDir, 'podman', 'podman.sock')]),
  ];
  return sockets.map((socket) => ({ uri: `unix://${socket}`, origin: 'default' }));
}

/** dockerode reads the process's environment for what it is not told; all is told, so that only `Host` counts. */
const nothing = {
  socketPath: undefined,
  host: undefined,
  port: undefined,
  username: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
} satisfies Docker.DockerOptions;

/** How dockerode reaches an endpoint. Throws `invalid-config` for an address that it cannot reach. */
export async function connectionOptions(
  endpoint: Endpoint,
  host: Host,
): Promise<Docker.DockerOptions> {
  const { uri, origin } = endpoint;
  if (uri.startsWith('unix://') || uri.startsWith('npipe://')) {
    return { ...nothing, socketPath: uri.slice(uri.indexOf('://') + 3), protocol: 'http' };
  }
  const url = URL.canParse(uri) ? new URL(uri) : null;
  if (url?.protocol === 'ssh:') {
    const agent = host.env['SSH_AUTH_SOCK'];
    return {
      ...nothing,
      protocol: 'ssh',
      host: url.hostname,
      port: url.port === '' ? 22 : url.port,
      username: url.username,
      ...(agent === undefined ? {} : { sshOptions: { agent } }),
    };
  }
  if (url !== null && ['tcp:', 'http:', 'https:'].includes(url.protocol)) {
    return tcpOptions(url, host);
  }
  throw new RunnerError(
    'invalid-config',
    `${origin} is ${uri}; expected unix://…, npipe://…, tcp://… or ssh://….`,
  );
}

async function tcpOptions(url: URL, host: Host): Promise<Docker.DockerOptions> {
  const verify = host.env['DOCKER_TLS_VERIFY'];
  const secure =
    url.protocol === 'https:' || url.port === '2376' || (verify !== undefined && verify !== '');
  const port = url.port === '' ? (secure ? 2376 : 2375) : url.port;
  const plain = { ...nothing, protocol: 'http', host: url.hostname, port } as const;
  if (!secure) return plain;
  const folder = host.env['DOCKER_CERT_PATH'] ?? path.join(host.homeDir, '.docker');
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(path.join(folder, name))),
  );
  return { ...plain, protocol: 'https', ca, cert, key };
}
