import { once } from 'node:events';
import type Docker from 'dockerode';
import * as z from 'zod';
import type { Host } from '../../host';
import { RunnerError } from '../../model/errors';
import type { Endpoint } from './endpoint';
import { connectionOptions, endpointsOf } from './endpoint';
import { deniedError, errnoOf } from './errors';

const answerMs = 5000;

const infoSchema = z.object({
  /** Names the engine itself, wherever it is reached. */
  ID: z.string().default(''),
  ServerVersion: z.string(),
  /** Where it keeps its images, on its own machine. */
  DockerRootDir: z.string().default(''),
  OSType: z.string(),
  NCPU: z.number().positive(),
  MemTotal: z.number().positive(),
  MemoryLimit: z.boolean().default(false),
  PidsLimit: z.boolean().default(false),
  CpuCfsQuota: z.boolean().default(false),
  CgroupVersion: z.string().default('1'),
  SecurityOptions: z.array(z.string()).nullish(),
});
export type EngineInfo = z.infer<typeof infoSchema>;

export interface Engine {
  readonly docker: Docker;
  readonly endpoint: Endpoint;
  readonly info: EngineInfo;
}

async function tryEndpoint(
  endpoint: Endpoint,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  const { default: Client } = await import('dockerode');
  const docker = new Client(await connectionOptions(endpoint, host));
  const limit = AbortSignal.timeout(answerMs);
  const abort = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const info = infoSchema.parse(await orAbort(docker.info(), abort));
  return { docker, endpoint, info };
}

/** For calls of dockerode that take no signal: stops waiting, though not the call. */
export async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stop = new AbortController();
  const aborted = once(signal, 'abort', { signal: stop.signal });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted.then(() => Promise.reject(asError(signal.reason)))]);
  } finally {
    stop.abort();
    aborted.catch(() => undefined);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/**
 * Finds the engine that this user's Docker commands would talk to. Rejects with `docker-denied` when one is there but
 * may not be used, with `docker-unavailable` when none answers; both say what to do.
 */
export async function connect(host: Host, signal?: AbortSignal): Promise<Engine> {
  const endpoints = await endpointsOf(host);
  const failures: string[] = [];
  let denied: RunnerError | null = null;
  for (const endpoint of endpoints) {
    signal?.throwIfAborted();
    try {
      const engine = await tryEndpoint(endpoint, host, signal);
      if (engine.info.OSType === 'linux') return engine;
      failures.push(`${endpoint.uri}: runs ${engine.info.OSType} containers`);
    } catch (error) {
      signal?.throwIfAborted();
      if (RunnerError.is(error)) throw error;
      const errno = errnoOf(error);
      if (errno === 'EACCES' || errno === 'EPERM') denied ??= deniedError(endpoint.uri, error);
      failures.push(`${endpoint.uri}: ${errno ?? (error instanceof Error ? error.message : '')}`);
    }
  }
  throw (
    denied ??
    new RunnerError(
      'docker-unavailable',
      `No Docker engine answers (${failures.join('; ')}). Start it (\`sudo systemctl start docker\`, or Docker Desktop), set DOCKER_HOST, or choose the bubblewrap sandbox.`,
    )
  );
}
