import type { ClientOptions } from './connection';
import { findServer } from './connection';
import { ApiError } from './errors';
import { Patience, pause } from './patience';
import { serverEvents } from './serverEvents';
import type {
  Artifacts,
  Competition,
  Health,
  PlacedEvent,
  Run,
  RunEntry,
  RunRequest,
  RunStatus,
  RunSummary,
  TechniqueTask,
} from './types';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface EventOptions extends CallOptions {
  /** Go on after this event. */
  readonly after?: string;
}

export interface WaitOptions extends CallOptions {
  /** Told every event of the run, the past ones first; after a restart of the server maybe a second time. */
  readonly onEvent?: (placed: PlacedEvent) => void;
}

interface Ask extends CallOptions {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server that sends nothing for so long, not even that it is alive, is not there any more. */
const silenceMs = 60_000;
/** Where events cannot be followed, the run is asked for so often. */
const pollMs = 5000;
/** Between one stream and the next. */
const breathMs = 250;

/**
 * A client of `benchyard serve`. Every call looks up the server anew, so a client outlives servers. Calls reject with
 * `ApiError`, or with the signal's reason.
 */
export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
  }

  /** Puts a run into the server's queue. @returns its id */
  async run(request: RunRequest, options: CallOptions = {}): Promise<string> {
    const ask = { ...options, method: 'POST', body: request } as const;
    const { run_id: id } = await this.#json<{ run_id: string }>('/runs', ask);
    return id;
  }

  /**
   * Waits until a run has ended, however long that takes and however often the server is started anew. What became of it
   * is its status: a run that failed does not reject.
   */
  async waitForCompletion(runId: string, options: WaitOptions = {}): Promise<Run> {
    const { signal, onEvent } = options;
    const call = signal === undefined ? {} : { signal };
    const patience = new Patience(signal);
    await this.getRun(runId, call);
    if (onEvent !== undefined) await this.#tell(this.events(runId, call), { signal, onEvent });
    for (;;) {
      const run = await patience.get(() => this.getRun(runId, call));
      if (isOver(run.status)) return run;
      const isTold = await this.#tell(this.#stream(runId, { ...call, after: undefined }), {
        signal,
      });
      await pause(isTold ? breathMs : pollMs, signal);
    }
  }

  /** Events of a run, the past ones first, until it has ended; after a restart of the server maybe a second time. */
  async *events(
    runId: string,
    { after, ...call }: EventOptions = {},
  ): AsyncGenerator<PlacedEvent, void, undefined> {
    await this.getRun(runId, call);
    const patience = new Patience(call.signal);
    let place = after;
    for (;;) {
      const { status } = await patience.get(() => this.getRun(runId, call));
      let last: PlacedEvent | null = null;
      try {
        for await (const placed of this.#stream(runId, { ...call, after: place })) {
          place = placed.id;
          last = placed;
          yield placed;
        }
      } catch (error) {
        await patience.after(error);
        continue;
      }
      // A stream that broke off has its rest in the next one; a run that was stopped with its server goes on.
      const isWhole = last === null ? isOver(status) : last.event.type === 'run.ended';
      if (isWhole && isOver((await patience.get(() => this.getRun(runId, call))).status)) return;
      await pause(breathMs, call.signal);
    }
  }

  async getRun(runId: string, options: CallOptions = {}): Promise<Run> {
    return await this.#json<Run>(runPath(runId), options);
  }

  /** What a run has come to so far: medals, grades, trials. */
  async getRunSummary(runId: string, options: CallOptions = {}): Promise<RunSummary> {
    return await this.#json<RunSummary>(`${runPath(runId)}/summary`, options);
  }

  /** The files of a run. */
  async getRunArtifacts(runId: string, options: CallOptions = {}): Promise<Artifacts> {
    return await this.#json<Artifacts>(`${runPath(runId)}/artifacts`, options);
  }

  /** The content of a file, by its path below the folder of the runs. */
  async getFile(path: string, options: CallOptions = {}): Promise<Uint8Array> {
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    const response = await this.#ask(`/files/${encoded}`, options);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Takes a run out of the queue, or stops it. @returns what it is then; one that is being stopped is still running */
  async cancel(runId: string, options: CallOptions = {}): Promise<RunStatus> {
    const ask = { ...options, method: 'POST' } as const;
    const { status } = await this.#json<{ status: RunStatus }>(`${runPath(runId)}/cancel`, ask);
    return status;
  }

  /** All runs of the server's folder, the newest first. */
  async listRuns(options: CallOptions = {}): Promise<RunEntry[]> {
    const runs: RunEntry[] = [];
    let before = '';
    do {
      const query = `/runs?limit=1000${before}`;
      const page = await this.#json<{ runs: RunEntry[]; next: string | null }>(query, options);
      runs.push(...page.runs);
      before = page.next === null ? '' : `&before=${encodeURIComponent(page.next)}`;
    } while (before !== '');
    return runs;
  }

  async listCompetitions(options: CallOptions = {}): Promise<Competition[]> {
    const found = await this.#json<{ competitions: Competition[] }>('/competitions', options);
    return found.competitions;
  }

  async listTechniqueTasks(options: CallOptions = {}): Promise<TechniqueTask[]> {
    const answer = this.#json<{ technique_tasks: TechniqueTask[] }>('/technique-tasks', options);
    return (await answer).technique_tasks;
  }

  /** Whether the server is there, and which version it is of. Asks for no token. */
  async health(options: CallOptions = {}): Promise<Health> {
    return await this.#json<Health>('/health', options);
  }

  /** @returns whether the events came to their end; where they cannot be followed, the run is asked for instead */
  async #tell(
    events: AsyncIterable<PlacedEvent>,
    {
      signal,
      onEvent,
    }: { readonly signal: AbortSignal | undefined } & Pick<WaitOptions, 'onEvent'>,
  ): Promise<boolean> {
    try {
      for await (const placed of events) onEvent?.(placed);
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ApiError) return false;
      throw error;
    }
  }

  /** One connection's events. */
  async *#stream(
    runId: string,
    { after, signal }: { readonly after: string | undefined; readonly signal?: AbortSignal },
  ): AsyncGenerator<PlacedEvent, void, undefined> {
    const silence = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        silence.abort(new ApiError('The server is silent.', { status: null, code: 'silent' }));
      }, silenceMs);
    };
    try {
      heard();
      const stop = AbortSignal.any([silence.signal, ...(signal === undefined ? [] : [signal])]);
      const headers = after === undefined ? {} : { 'last-event-id': after };
      const { body } = await this.#ask(`${runPath(runId)}/events`, { headers, signal: stop });
      if (body === null) return;
      for await (const { id, data } of serverEvents(body, heard))
        yield { id, event: JSON.parse(data) as PlacedEvent['event'] }; // as the server's document describes it
    } catch (error) {
      throw noAnswer(error, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #json<T>(path: string, ask: Ask): Promise<T> {
    const response = await this.#ask(path, ask);
    return (await response.json()) as T; // as the server's document describes it; a test holds both together
  }

  async #ask(path: string, ask: Ask): Promise<Response> {
    let response: Response;
    try {
      response = await this.#send(path, ask);
    } catch (error) {
      // A server may close a connection that was kept open in the moment in which it is used again.
      const mayRepeat = ask.method !== 'POST' && ask.signal?.aborted !== true;
      if (!mayRepeat || error instanceof ApiError) throw noAnswer(error, ask.signal);
      response = await this.#send(path, ask).catch((again: unknown) => {
        throw noAnswer(again, ask.signal);
      });
    }
    if (response.ok) return response;
    throw await problemOf(response);
  }

  async #send(path: string, { method = 'GET', body, headers, signal }: Ask): Promise<Response> {
    const { url, token } = await findServer(this.#options);
    return await fetch(url + path, {
      method,
      headers: {
        ...headers,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

function runPath(runId: string): string {
  return `/runs/${encodeURIComponent(runId)}`;
}

function isOver(status: RunStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

/** @throws the signal's reason, where that is why */
function noAnswer(error: unknown, signal: AbortSignal | undefined): ApiError {
  signal?.throwIfAborted();
  if (error instanceof ApiError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new ApiError(`The server does not answer: ${why}`, {
    status: null,
    code: 'no-answer',
    cause: error,
  });
}

async function problemOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const text = await response.text();
  try {
    const { detail, code } = JSON.parse(text) as { detail: string; code: string }; // RFC 9457; anything else throws or is unreadable text
    return new ApiError(detail, { status, code });
  } catch {
    return new ApiError(text === '' ? `HTTP ${String(status)}` : text, { status, code: 'http' });
  }
}
