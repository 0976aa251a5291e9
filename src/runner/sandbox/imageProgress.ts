import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import * as z from 'zod';

/** A line of what an engine says while it pulls or builds. */
const messageSchema = z.looseObject({
  id: z.string().optional(),
  status: z.string().optional(),
  stream: z.string().optional(),
  progressDetail: z
    .looseObject({ current: z.number().optional(), total: z.number().optional() })
    .optional(),
  error: z.string().optional(),
  errorDetail: z.looseObject({ message: z.string().optional() }).optional(),
});
export type EngineMessage = z.infer<typeof messageSchema>;

/** The engine began (HTTP 200) and failed later: the failure stands in the stream and nowhere else. */
export class EngineStreamError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EngineStreamError';
  }
}

/**
 * Reads an engine's progress to its end.
 *
 * @throws EngineStreamError when the stream reports a failure; `signal.reason` when it aborts
 */
export async function followEngine(
  stream: Readable,
  options: { readonly signal: AbortSignal; readonly onMessage: (message: EngineMessage) => void },
): Promise<void> {
  const stop = (): void => {
    stream.destroy();
  };
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of linesOf(stream)) {
      const message = parseMessage(line);
      if (message === null) continue;
      const failure = message.errorDetail?.message ?? message.error;
      if (failure !== undefined) throw new EngineStreamError(failure);
      options.onMessage(message);
    }
  } finally {
    options.signal.removeEventListener('abort', stop);
    stream.destroy();
    options.signal.throwIfAborted();
  }
}

/** Not node:readline, which waits for ever for a stream that was destroyed. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) continue;
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

function parseMessage(line: string): EngineMessage | null {
  try {
    const message = messageSchema.safeParse(JSON.parse(line));
    return message.success ? message.data : null;
  } catch {
    return null; // engines end a stream with blank lines
  }
}

interface Layer {
  current: number;
  total: number;
  done: boolean;
}

const quietMs = 1000;

/** Sums a pull's many messages up to a line now and then: `Pulling x: 3 of 7 layers, 45 of 120 MB`. */
export function pullReporter(
  image: string,
  onProgress: (line: string) => void,
  now: () => number = () => performance.now(),
): (message: EngineMessage) => void {
  const layers = new Map<string, Layer>();
  let last = { text: '', at: -Infinity };
  return ({ id, status, progressDetail }) => {
    if (id === undefined || status === undefined || status.startsWith('Pulling from')) return;
    const layer = layers.get(id) ?? { current: 0, total: 0, done: false };
    layers.set(id, layer);
    if (status === 'Downloading') {
      layer.current = progressDetail?.current ?? layer.current;
      layer.total = progressDetail?.total ?? layer.total;
    } else if (status === 'Download complete') {
      layer.current = layer.total;
    } else if (status === 'Pull complete' || status === 'Already exists') {
      layer.done = true;
    }
    const all = [...layers.values()];
    const megabytes = (key: 'current' | 'total'): number =>
      Math.round(all.reduce((sum, each) => sum + each[key], 0) / 1e6);
    const done = all.filter((each) => each.done).length;
    const text = `Pulling ${image}: ${done} of ${all.length} layers, ${megabytes('current')} of ${megabytes('total')} MB`;
    const finished = done === all.length;
    if (text === last.text || (!finished && now() - last.at < quietMs)) return;
    last = { text, at: now() };
    onProgress(text);
  };
}

/** Turns a build's output into lines, and keeps what the step that is under way has printed. */
export class BuildLog {
  readonly #onProgress: (line: string) => void;
  #rest = '';
  #step: string[] = [];

  constructor(onProgress: (line: string) => void) {
    this.#onProgress = onProgress;
  }

  readonly take = (message: EngineMessage): void => {
    const lines = (this.#rest + (message.stream ?? '')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const raw of lines) {
      // A progress bar rewrites its line.
      const line = stripVTControlCharacters(raw.slice(raw.lastIndexOf('\r') + 1)).trimEnd();
      if (line === '' || /^( ---> |Removing intermediate container )/.test(line)) continue;
      if (/^Step \d+\/\d+ : /.test(line)) this.#step = [];
      this.#step.push(line);
      this.#onProgress(line);
    }
  };

  /** The step and the end of its output: what a person needs to see of a failed build. */
  failedStep(): string {
    const lines = this.#rest.trim() === '' ? this.#step : [...this.#step, this.#rest.trim()];
    const [step, ...output] = lines;
    return [...(step === undefined ? [] : [step]), ...output.slice(-20)].join('\n');
  }
}
