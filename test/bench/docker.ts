import { spawn } from 'node:child_process';
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { ClientRequest } from 'node:http';

/** Runs a program of the host to its end. Rejects when it fails: a comparison with work that was not done is none. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly input?: string; readonly expect?: readonly number[] } = {},
): Promise<string> {
  const { input } = options;
  const child = spawn(program, args, {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
  child.stdin?.end(input);
  const [status] = (await once(child, 'close')) as [number | null];
  const stdout = Buffer.concat(output).toString('utf8');
  if (status === null || !(options.expect ?? [0]).includes(status)) {
    const said = `${stdout}\n${Buffer.concat(errors).toString('utf8')}`.trim();
    throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}: ${said}`);
  }
  return stdout;
}

/** One call to the engine, as the process made it. */
export interface EngineCall {
  /** `POST /containers/…/start`, with ids and queries left out. */
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

const isRequest = (value: unknown): value is ClientRequest =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value;

function requestOf(message: unknown): ClientRequest | null {
  if (typeof message !== 'object' || message === null || !('request' in message)) return null;
  return isRequest(message.request) ? message.request : null;
}

/** Records every HTTP call of this process while it lives. Needs nothing of the code that makes them. */
export class EngineTrace implements Disposable {
  readonly calls: EngineCall[] = [];
  readonly #started = new WeakMap<ClientRequest, number>();

  constructor() {
    diagnostics.subscribe('http.client.request.start', this.#start);
    diagnostics.subscribe('http.client.response.finish', this.#finish);
  }

  /** Milliseconds that the calls of this name took, in their order. */
  times(name: string): readonly number[] {
    return this.calls
      .filter((call) => call.name === name)
      .map(({ startedAt, endedAt }) => endedAt - startedAt);
  }

  [Symbol.dispose](): void {
    diagnostics.unsubscribe('http.client.request.start', this.#start);
    diagnostics.unsubscribe('http.client.response.finish', this.#finish);
  }

  readonly #start = (message: unknown): void => {
    const request = requestOf(message);
    if (request !== null) this.#started.set(request, performance.now());
  };

  // The event comes when the answer's head is there, which is when the engine has done what it was asked.
  readonly #finish = (message: unknown): void => {
    const request = requestOf(message);
    if (request === null) return;
    const path = (request.path.split('?')[0] ?? '')
      .replace(/^\/v[\d.]+/, '')
      .replace(/\/[0-9a-f]{12,}|\/benchyard-[0-9a-f]+/, '/…');
    this.calls.push({
      name: `${request.method} ${path}`,
      startedAt: this.#started.get(request) ?? NaN,
      endedAt: performance.now(),
    });
  };
}
