import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, Server } from 'node:http';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { Job } from '../../src/runner/engines/kubernetes/objects';

const exchangeSchema = z.strictObject({
  method: z.string(),
  path: z.string(),
  body: z.unknown(),
  status: z.number(),
  answer: z.unknown(),
});
type Exchange = z.infer<typeof exchangeSchema>;

const recordingSchema = z.strictObject({
  /** The version of the API server that answered. */
  server: z.string(),
  exchanges: z.array(exchangeSchema),
});

export function recordingOf(name: string): string {
  return path.join(import.meta.dirname, '../contract/kubernetes/recordings', `${name}.json`);
}

/** What differs from run to run, and what stands for it in a recording. */
export type Places = readonly (readonly [own: string, recorded: string])[];

/** A face of a cluster's API without TLS or logins, for a kubeconfig of a test. */
abstract class ApiServer implements AsyncDisposable {
  readonly #server: Server;

  constructor() {
    this.#server = http.createServer((request, response) => {
      void (async () => {
        let text = '';
        for await (const part of request.setEncoding('utf8')) text += String(part);
        const body: unknown = text === '' ? null : JSON.parse(text);
        const { status, answer } = await this.answer(request, body);
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer));
      })();
    });
  }

  protected abstract answer(
    request: IncomingMessage,
    body: unknown,
  ): Promise<Pick<Exchange, 'status' | 'answer'>>;

  /** @returns the path of a kubeconfig with it in a folder */
  async listen(folder: string): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    const file = path.join(folder, `kubeconfig-${port}`);
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'tests' },
      clusters: [
        {
          name: 'tests',
          cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
        },
      ],
      users: [{ name: 'tests', user: { token: 'none' } }],
      contexts: [{ name: 'tests', context: { cluster: 'tests', user: 'tests' } }],
    };
    await writeFile(file, JSON.stringify(config));
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** A call to a real API server. */
export type Ask = (
  method: string,
  path: string,
  body: unknown,
  type: string,
) => Promise<Pick<Exchange, 'status' | 'answer'>>;

/** Hands calls on to a real API server and keeps what was said. */
export class RecordingServer extends ApiServer {
  readonly #exchanges: Exchange[] = [];
  readonly #ask: Ask;

  constructor(ask: Ask) {
    super();
    this.#ask = ask;
  }

  protected async answer(
    { method = '', url = '', headers }: IncomingMessage,
    body: unknown,
  ): Promise<Pick<Exchange, 'status' | 'answer'>> {
    const { status, answer } = await this.#ask(method, url, body, headers['content-type'] ?? '');
    this.#exchanges.push({ method, path: decodeURIComponent(url), body, status, answer });
    return { status, answer };
  }

  async write(name: string, server: string, places: Places): Promise<void> {
    const text = replaced(
      JSON.stringify({ server, exchanges: this.#exchanges }),
      places,
    ).replaceAll(/(benchyard(?:\.dev\/run"?[=:]"?|-))[0-9a-f]{16}/g, `$1${recordedKey}`);
    // Who changed which field is most of what is said, and of no use to anybody here.
    const kept: unknown = JSON.parse(text, (key, value: unknown) =>
      key === 'managedFields' ? undefined : value,
    );
    await writeFile(recordingOf(name), `${JSON.stringify(kept)}\n`);
  }
}

/**
 * Answers as a real API server did: calls of the same kind get its answers in their order, and its last one from then on.
 * What is written has to be what was written then. Pods of a job that is made begin at once, all together.
 */
export class RecordedServer extends ApiServer {
  readonly #answers = new Map<string, Exchange[]>();
  readonly #places: { own: string; recorded: string }[];
  readonly #env: Readonly<Record<string, string>>;
  /** Calls that differ from the recorded ones. */
  readonly differences: string[] = [];
  /** Recorded writes that were not made (yet). */
  get missing(): readonly string[] {
    return [...this.#answers.values()]
      .flat()
      .filter(({ method }) => method !== 'GET')
      .map((exchange) => keyOf(exchange));
  }

  private constructor(
    exchanges: readonly Exchange[],
    { places, env }: { readonly places: Places; readonly env: Readonly<Record<string, string>> },
  ) {
    super();
    this.#places = places.map(([own, recorded]) => ({ own, recorded }));
    this.#env = env;
    for (const exchange of exchanges)
      this.#answers.set(keyOf(exchange), [...(this.#answers.get(keyOf(exchange)) ?? []), exchange]);
  }

  static async open(
    name: string,
    options: { readonly places: Places; readonly env: Readonly<Record<string, string>> },
  ): Promise<RecordedServer> {
    const { exchanges } = recordingSchema.parse(
      JSON.parse(await readFile(recordingOf(name), 'utf8')),
    );
    return new RecordedServer(exchanges, options);
  }

  protected answer(
    { method = '', url = '' }: IncomingMessage,
    body: unknown,
  ): Promise<Pick<Exchange, 'status' | 'answer'>> {
    const called = decodeURIComponent(url);
    this.#learn(called, body);
    const said = JSON.parse(
      replaced(JSON.stringify({ method, path: called, body }), this.#own()),
    ) as Pick<Exchange, 'method' | 'path' | 'body'>;
    const answers = this.#answers.get(keyOf(said)) ?? [];
    const [next] = answers;
    if (next === undefined || !isDeepStrictEqual(said.body, next.body)) {
      this.differences.push(JSON.stringify({ said, recorded: next?.body ?? null }, null, 1));
      return Promise.resolve({ status: 501, answer: { message: 'this was not recorded' } });
    }
    if (answers.length > 1 || method !== 'GET') answers.shift();
    if (method === 'POST' && called.endsWith('/jobs') && next.status < 300) this.#begin(body);
    const back = this.#places.map(({ own, recorded }) => [recorded, own] as const);
    const answer = JSON.parse(replaced(JSON.stringify(next.answer), back)) as unknown;
    return Promise.resolve({ status: next.status, answer });
  }

  /** The run's folder and key, which show with its first call. */
  #learn(called: string, body: unknown): void {
    const text = `${called} ${JSON.stringify(body)}`;
    const [, key] = /benchyard(?:\.dev\/run=|-)([0-9a-f]{16})/.exec(text) ?? [];
    if (key !== undefined && !this.#places.some(({ own }) => own === key))
      this.#places.unshift({ own: key, recorded: recordedKey });
    const [, runDir] = /"benchyard\.dev\/run-folder":"([^"]+)"/.exec(text) ?? [];
    if (runDir !== undefined && !this.#places.some(({ own }) => own === runDir))
      this.#places.unshift({ own: runDir, recorded: recordedFolder });
  }

  #own(): Places {
    return this.#places.map(({ own, recorded }) => [own, recorded] as const);
  }

  #begin(body: unknown): void {
    const { spec } = body as Job;
    const [worker] = spec?.template.spec?.containers ?? [];
    const [command = '', ...args] = worker?.command ?? [];
    const given: Record<string, string> = { ...this.#env };
    for (const { name, value } of worker?.env ?? []) given[name] = value ?? 'node1';
    for (let index = 0; index < (spec?.completions ?? 0); index += 1) {
      const env = { ...given, JOB_COMPLETION_INDEX: String(index) };
      spawn(command, args, { env, stdio: 'ignore' });
    }
  }
}

/** In recordings, in the place of a run's own. */
const recordedKey = '0123456789abcdef';
export const recordedFolder = '/lab/runs/run';

function keyOf({ method, path: called }: Pick<Exchange, 'method' | 'path'>): string {
  return `${method} ${called}`;
}

function replaced(text: string, places: Places): string {
  return places.reduce((done, [from, to]) => done.replaceAll(from, to), text);
}
