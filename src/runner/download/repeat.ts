import { setTimeout as pause } from 'node:timers/promises';

/** When the server asks for a longer pause than this, nothing is repeated. */
const longestPauseMs = 300_000;

export interface RepeatOptions {
  readonly signal: AbortSignal;
  /** The first pause; each further one is twice as long, and up to as much again by chance. */
  readonly firstPauseMs: number;
  readonly onRepeat: (message: string) => void;
}

/** What may succeed when it is tried again. */
export class Again extends Error {
  /** How long the server wants to be left alone. */
  readonly afterMs: number;
  readonly error: Error;

  constructor(error: Error, afterMs = 0) {
    super(error.message);
    this.name = 'Again';
    this.error = error;
    this.afterMs = afterMs;
  }
}

/** Repeats work that rejects with `Again`, five times at most; then it rejects with what `Again` carried. */
export async function repeat<T>(work: () => Promise<T>, options: RepeatOptions): Promise<T> {
  const { default: pRetry } = await import('p-retry');
  const { signal, firstPauseMs, onRepeat } = options;
  try {
    return await pRetry(work, {
      retries: 5,
      minTimeout: firstPauseMs,
      maxTimeout: 30_000,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => error instanceof Again && error.afterMs <= longestPauseMs,
      onFailedAttempt: async ({ error, retriesLeft }) => {
        if (!(error instanceof Again) || retriesLeft === 0 || error.afterMs > longestPauseMs)
          return;
        onRepeat(`${error.message} Trying again.`);
        if (error.afterMs > 0) await pause(error.afterMs, undefined, { signal });
      },
    });
  } catch (error) {
    signal.throwIfAborted(); // p-retry makes an error of a reason that is none
    throw error instanceof Again ? error.error : error;
  }
}
