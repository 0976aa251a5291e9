import { request } from 'node:http';
import path from 'node:path';
import { describe } from 'vitest';
import { Client } from '../../src/sdk';
import type { RunningServer, ServeOptions } from '../../src/server';
import { startServer } from '../../src/server';
import { calculator, fixedCalculator, TestRepository, writeTasks } from './repositories';
import type { Bench } from './runs';
import type { SandboxName } from './sandboxes';
import { sandboxes } from './sandboxes';

/** Servers do not care which sandbox runs what they accept: the quicker one that there is. */
export const anySandbox: SandboxName = sandboxes.includes('bubblewrap') ? 'bubblewrap' : 'docker';

/** Tests of servers that run trials, where this machine can. */
export const describeServer = (title: string, body: () => void): void => {
  describe.skipIf(sandboxes.length === 0)(title, body);
};

export interface TestServer extends RunningServer {
  readonly client: Client;
  readonly logged: readonly string[];
  /** A request as it is, without what clients make of it. */
  raw(target: string, options?: RawOptions): Promise<RawAnswer>;
}

export interface RawOptions {
  readonly method?: string;
  /** undefined leaves a usual one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A server in this process, on the folder of a bench. */
export async function serve(
  bench: Bench,
  options: Partial<ServeOptions> = {},
): Promise<TestServer> {
  const logged: string[] = [];
  const server = await startServer({
    runner: bench.runner,
    host: bench.host,
    port: 0,
    address: '127.0.0.1',
    runsDir: 'runs',
    tokenFile: path.join(bench.folder, 'server.json'),
    auth: true,
    runsAtOnce: 1,
    allowHosts: [],
    log: (line) => logged.push(line),
    ...options,
  });
  return {
    ...server,
    client: new Client({ tokenFile: server.tokenFile }),
    logged,
    raw: (target, given) => rawRequest(server, target, given),
  };
}

export async function rawRequest(
  { url, token }: { readonly url: string; readonly token: string | null },
  target: string,
  { method = 'GET', headers = {}, body }: RawOptions = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const all = { authorization: `Bearer ${token ?? ''}`, ...headers };
  const sent = Object.entries<string | undefined>(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return await new Promise((resolve, reject) => {
    const asked = request(
      { hostname, port, path: target, method, headers: Object.fromEntries(sent) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
        response.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Tasks of a tiny repository, which are tried in a moment. */
export class TinyTasks {
  readonly #folder: string;
  readonly #repository: TestRepository;
  readonly #ref: string;
  readonly #patch: string;

  private constructor(
    folder: string,
    repository: TestRepository,
    made: { ref: string; patch: string },
  ) {
    this.#folder = folder;
    this.#repository = repository;
    this.#ref = made.ref;
    this.#patch = made.patch;
  }

  static async make(folder: string): Promise<TinyTasks> {
    const repository = await TestRepository.make(path.join(folder, 'calculator'), calculator);
    const ref = await repository.head();
    const patch = await repository.patch({ 'calc/__init__.py': fixedCalculator });
    return new TinyTasks(folder, repository, { ref, patch });
  }

  /** @returns the file */
  async write(count: number, more: object = {}): Promise<string> {
    return await writeTasks(
      this.#folder,
      Array.from({ length: count }, (_, n) => ({
        task_id: `tiny${String(n)}`,
        repo: this.#repository.path,
        ref: this.#ref,
        timeouts: { clone: 60, install: 120, apply: 60, test: 60, total: 600 },
        patch: this.#patch,
        // The server is tried here, not pytest.
        test_command: 'grep -q "a + b" calc/__init__.py',
        ...more,
      })),
    );
  }
}

/** A run that is over in a moment. */
export const quick = (file: string): { config: Record<string, unknown> } => ({
  config: { tasks: [file], agent: 'gold', sandbox: anySandbox, tests_before: false },
});

/** A run that goes on until it is stopped. */
export const endless = (file: string): { config: Record<string, unknown> } => ({
  config: {
    tasks: [file],
    agent: 'command',
    command: 'sleep 1000',
    sandbox: anySandbox,
    tests_before: false,
  },
});
