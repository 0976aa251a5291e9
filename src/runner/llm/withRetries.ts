import { setTimeout as pause } from 'node:timers/promises';
import type { Usage } from '../model';
import { addUsage, noUsage } from '../model';
import { throwIfCancelled } from './cancel';
import type { CompleteOptions, Completion, Model, ModelRequest } from './model';

export interface RetryOptions {
  /** Requests after the first one. */
  readonly retries: number;
  /** The first pause; each further one is twice as long, and up to as much again by chance. */
  readonly firstPauseMs?: number;
  readonly log?: (message: string) => void;
}

/** A pause of our own choice is never longer. */
const longestBackOffMs = 60_000;

/** When the server asks for a longer pause than this, nothing is repeated. */
export const longestPauseMs = 300_000;

type Failed = Extract<Completion, { kind: 'failed' }>;

/** Carries a completion through p-retry, which repeats what rejects. */
class Again extends Error {
  readonly completion: Failed;

  constructor(completion: Failed) {
    super(completion.detail);
    this.name = 'Again';
    this.completion = completion;
  }
}

/**
 * Repeats requests that may succeed later, after a pause that grows and is never shorter than the server asked for. The
 * completion's usage is that of all requests together: what failed was paid for too.
 */
export function withRetries(model: Model, options: RetryOptions): Model {
  const { name, contextWindow, price } = model;
  return {
    name,
    contextWindow,
    price,
    complete: (request, completeOptions) =>
      new RepeatedCall(model, options, { request, options: completeOptions }).run(),
  };
}

/** One call with its repetitions. */
class RepeatedCall {
  readonly #model: Model;
  readonly #retry: RetryOptions;
  readonly #request: ModelRequest;
  readonly #options: CompleteOptions;
  readonly #started = performance.now();
  /** Of the requests that were repeated. */
  #before: { readonly usage: Usage; readonly attempts: number } | null = null;
  #pausing = false;

  constructor(
    model: Model,
    retry: RetryOptions,
    call: { readonly request: ModelRequest; readonly options: CompleteOptions },
  ) {
    this.#model = model;
    this.#retry = retry;
    this.#request = call.request;
    this.#options = call.options;
  }

  async run(): Promise<Completion> {
    const { default: pRetry } = await import('p-retry');
    const { signal } = this.#options;
    const { retries, firstPauseMs = 1000 } = this.#retry;
    let mayRepeat = false;
    try {
      return await pRetry(() => this.#once(), {
        retries,
        minTimeout: firstPauseMs,
        maxTimeout: longestBackOffMs,
        randomize: true,
        signal,
        onFailedAttempt: async ({ error, retriesLeft }) => {
          mayRepeat =
            error instanceof Again && retriesLeft > 0 && this.#mayRepeat(error.completion);
          if (mayRepeat && error instanceof Again) await this.#pauseAfter(error.completion);
        },
        shouldRetry: () => mayRepeat,
      });
    } catch (error) {
      if (this.#pausing) throwIfCancelled(this.#options);
      signal.throwIfAborted(); // p-retry makes an error of a reason that is none
      if (error instanceof Again) return this.#total(error.completion);
      throw error;
    }
  }

  async #once(): Promise<Completion> {
    this.#pausing = false;
    const completion = await this.#model.complete(this.#request, this.#options);
    if (completion.kind === 'failed' && completion.retry !== undefined) throw new Again(completion);
    return this.#total(completion);
  }

  #mayRepeat({ retry, usage }: Failed): boolean {
    const { log } = this.#retry;
    if (retry === undefined) return false;
    if (retry.afterMs > longestPauseMs) {
      log?.(`not repeated: the server asks to wait ${String(Math.ceil(retry.afterMs / 1000))} s`);
      return false;
    }
    return this.#options.meter?.again(usage) ?? true;
  }

  /** The server's own pause; p-retry adds its own to it, so that not all trials come back at the same instant. */
  async #pauseAfter({ detail, usage, retry, attempts }: Failed): Promise<void> {
    this.#retry.log?.(`asking again: ${detail}`);
    this.#before = {
      usage: addUsage(this.#before?.usage ?? noUsage, usage),
      attempts: (this.#before?.attempts ?? 0) + attempts,
    };
    this.#pausing = true;
    const afterMs = retry?.afterMs ?? 0;
    if (afterMs > 0) await pause(afterMs, undefined, { signal: this.#options.signal });
  }

  #total(completion: Completion): Completion {
    const before = this.#before;
    const durationMs = performance.now() - this.#started;
    if (before === null) return { ...completion, durationMs };
    return {
      ...completion,
      durationMs,
      usage: addUsage(before.usage, completion.usage),
      attempts: before.attempts + completion.attempts,
    };
  }
}
