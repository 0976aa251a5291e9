import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from '../host';

const pollMs = 500;
/** The share of a machine's memory that has to be free for one trial more, and the most that is asked for. */
const room = { share: 1 / 8, mostBytes: 2 * 1024 ** 3 } as const;
/** A trial that has just begun will take more than it has yet. */
const growing = { ms: 5000, bytes: 256 * 1024 ** 2 } as const;

export interface LoadGateOptions {
  /** null: sandboxes run on another machine, whose memory cannot be seen. */
  readonly memory: Host['memory'] | null;
  /** Calls of the model that wait for its rate limit. */
  readonly waitingCalls: () => number;
  readonly note: (text: string) => void;
}

/**
 * Where trials wait while one more would only be in the way of those that run: memory is short, or calls wait for the
 * model's rate limit as it is. One trial always runs.
 */
export class LoadGate {
  readonly #options: LoadGateOptions;
  /** When each trial that runs began. */
  readonly #running = new Set<{ readonly at: number }>();
  /** Those that want in, one after the other: each sees what the one before has made of the load. */
  #line: Promise<unknown> = Promise.resolve();
  readonly #told = new Set<string>();

  constructor(options: LoadGateOptions) {
    this.#options = options;
  }

  /** Resolves when one trial more may run, or the signal aborts. The answer is to be called when it has ended. */
  async enter(signal: AbortSignal): Promise<() => void> {
    const turn = this.#line.then(() => this.#untilRoom(signal));
    this.#line = turn;
    await turn;
    const trial = { at: performance.now() };
    this.#running.add(trial);
    return () => {
      this.#running.delete(trial);
    };
  }

  async #untilRoom(signal: AbortSignal): Promise<void> {
    for (;;) {
      const hindrance = this.#hindrance();
      if (hindrance === null || this.#running.size === 0 || signal.aborted) return;
      if (!this.#told.has(hindrance)) this.#options.note(hindrance);
      this.#told.add(hindrance);
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #hindrance(): string | null {
    const { memory, waitingCalls } = this.#options;
    if (waitingCalls() > 0)
      return "the model's rate limit is reached: trials begin when no call waits for it";
    if (memory === null) return null;
    const { availableBytes, totalBytes } = memory();
    const least = Math.min(totalBytes * room.share, room.mostBytes);
    const since = performance.now() - growing.ms;
    const young = [...this.#running].filter(({ at }) => at > since).length;
    return availableBytes < least + young * growing.bytes
      ? 'memory is short: trials begin when others have ended'
      : null;
  }
}
