import { ApiError } from './errors';

/** A token that stays wrong is wrong; while a server starts anew, its old one is for a moment. */
const mostRefusals = 10;

/** Asks again, less and less often, as long as what went wrong may pass. */
export class Patience {
  readonly #signal: AbortSignal | undefined;
  #pauseMs = firstPauseMs;
  #refusals = 0;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  async get<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const answer = await ask();
        this.#pauseMs = firstPauseMs;
        this.#refusals = 0;
        return answer;
      } catch (error) {
        await this.after(error);
      }
    }
  }

  /** Waits a while after a failure. @throws the failure when it does not pass by itself */
  async after(error: unknown): Promise<void> {
    this.#signal?.throwIfAborted();
    if (!(error instanceof ApiError) || !error.isPassing) throw error;
    this.#refusals = error.status === 401 ? this.#refusals + 1 : 0;
    if (this.#refusals > mostRefusals) throw error;
    await pause(this.#pauseMs, this.#signal);
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }
}

const firstPauseMs = 250;
const longestPauseMs = 5000;

/** @throws the signal's reason */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal?.addEventListener('abort', wake);
  });
  signal?.throwIfAborted();
}
