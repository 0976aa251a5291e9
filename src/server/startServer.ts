import type { Server } from 'node:http';
import { createServer } from 'node:http';
import path from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Host, Runner } from '../runner/index';
import { RunnerError } from '../runner/model';
import { serverFileOf } from '../sdk/serverFile';
import { createApp } from './app';
import { configOf } from './runConfigs';
import { RunDesk } from './runDesk';
import { RunViews } from './runViews';
import { makeToken, removeServerFile, writeServerFile } from './tokenFile';

export interface ServeOptions {
  readonly runner: Runner;
  readonly host: Host;
  /** 0: any that is free. */
  readonly port: number;
  /** The address to listen at. */
  readonly address: string;
  readonly runsDir: string;
  /** Default: in the user's state folder. */
  readonly tokenFile?: string | undefined;
  /** false: everybody who reaches the server may use it. */
  readonly auth: boolean;
  readonly runsAtOnce: number;
  /** Where the competitions' data is. Default: the usual place. */
  readonly dataDir?: string | undefined;
  /** Names besides `localhost` and addresses that clients may use for this machine. */
  readonly allowHosts: readonly string[];
  /** Clients that may follow events at the same time; each is a connection and a place in a run. Default: 1000. */
  readonly mostStreams?: number;
  /** Told what an operator should know. */
  readonly log: (line: string) => void;
}

/** A server that listens. Disposing of it stops what runs, so that the next one goes on with it. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string | null;
  readonly tokenFile: string;
  /** Runs of an earlier server that it goes on with. */
  readonly resumed: number;
}

/** How long a client may take to read the end of its answer when the server closes. */
const graceMs = 1000;
const mostConnections = 2000;
const keepAliveMs = 30_000;
const idleMs = 75_000;

/**
 * Starts serving a folder of runs.
 *
 * @throws `locked` when another server has the folder, `invalid-config` when the address cannot be had
 */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const { runner, host } = options;
  const runsDir = path.resolve(host.cwd, options.runsDir);
  const closing = new AbortController();
  const held = await runner.holdRuns(runsDir, { signal: closing.signal });
  const server = createServer();
  try {
    return await openServer(server, { ...options, runsDir }, { closing, held });
  } catch (error) {
    server.close();
    await held[Symbol.asyncDispose]();
    throw error;
  }
}

async function openServer(
  server: Server,
  options: ServeOptions,
  { closing, held }: { readonly closing: AbortController; readonly held: AsyncDisposable },
): Promise<RunningServer> {
  const { runner, host, runsDir, dataDir, address, log } = options;
  const token = options.auth ? makeToken(host.env['BENCHYARD_TOKEN']) : null;
  const desk = new RunDesk({
    runner,
    runsDir,
    runsAtOnce: options.runsAtOnce,
    configOf: (request, signal) => configOf(request, { runner, runsDir, dataDir }, signal),
    log,
  });
  const app = createApp({
    runner,
    desk,
    views: new RunViews({ runner, desk, runsDir }),
    runsDir,
    dataDir,
    version: host.version,
    token,
    hostnames: [address, ...options.allowHosts],
    mostStreams: options.mostStreams ?? 1000,
    signal: closing.signal,
    log,
  });
  // The editor shares its globals with others.
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  server.on('request', (incoming, outgoing) => void answer(incoming, outgoing));
  const resumed = await desk.takeOver();
  const port = await listen(server, options);
  warn(options);
  const url = `http://${urlHost(address)}:${String(port)}`;
  const tokenFile = path.resolve(host.cwd, options.tokenFile ?? serverFileOf(host));
  await writeServerFile(tokenFile, { url, token, pid: host.pid });
  desk.start();
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    closing.abort(new Error('the server closes'));
    const stopped = new Promise((resolve) => server.close(resolve));
    await desk[Symbol.asyncDispose]();
    const grace = AbortSignal.timeout(graceMs);
    grace.addEventListener('abort', () => {
      server.closeAllConnections();
    });
    server.closeIdleConnections();
    await stopped;
    await removeServerFile(tokenFile, host.pid);
    await held[Symbol.asyncDispose]();
  };
  return { url, token, tokenFile, resumed, [Symbol.asyncDispose]: () => (closed ??= close()) };
}

/** @returns the port */
async function listen(server: Server, { port, address }: ServeOptions): Promise<number> {
  server.maxConnections = mostConnections;
  // Longer than clients keep a connection: the side that begins a request should be the one that gives it up.
  server.keepAliveTimeout = idleMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const message = `The server cannot listen at ${address}, port ${String(port)}: ${error.message}. Choose others with --port and --host.`;
      reject(new RunnerError('invalid-config', message, { cause: error }));
    });
    // As many may come at once as may be there.
    server.listen({ port, host: address, backlog: mostConnections }, resolve);
  });
  // A client that vanished without a word is noticed.
  server.on('connection', (socket) => socket.setKeepAlive(true, keepAliveMs));
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : port;
}

function warn({ address, auth, log }: ServeOptions): void {
  const isLocal = isLoopback(address);
  if (!auth)
    log(
      `warning: no token is asked for (--no-auth): ${isLocal ? 'every program and user of this machine' : 'everybody who reaches this machine'} may start programs through the server`,
    );
  if (!isLocal)
    log(
      `warning: the server listens at ${address}, not only for this machine, and the token goes over the network as it is: put a proxy with TLS before it`,
    );
}

function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || address.startsWith('127.');
}

/** How clients on this machine reach the address. */
function urlHost(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return address.includes(':') ? `[${address}]` : address;
}
