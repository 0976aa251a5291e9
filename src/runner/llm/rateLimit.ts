/** What may start within any minute. A limit that is not set does not hold. */
export interface Rates {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}

const minute = 60_000;

interface Entry {
  readonly at: number;
  tokens: number;
}

interface Waiting {
  readonly tokens: number;
  readonly admit: (admitted: Admission) => void;
}

/** A request that was let through. */
export interface Admission {
  /** Says what the request really came to, which may make room for others. */
  correct(tokens: number): void;
}

/** The clock and its alarm, for tests. */
export interface Clock {
  readonly now: () => number;
  /** Calls back once, after so many milliseconds; the result calls it off. */
  readonly alarm: (ms: number, ring: () => void) => () => void;
}

const systemClock: Clock = {
  now: () => performance.now(),
  alarm: (ms, ring) => {
    const timer = setTimeout(ring, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

/**
 * Lets requests through so that those of any minute stay within the rates, in the order in which they came: a large one
 * is never overtaken by small ones for ever. Waits with a single alarm for the first in the line.
 *
 * The libraries there are count in fixed windows (twice the rate around their borders) or cannot correct a guess, know
 * one kind of amount, or cannot be aborted.
 */
export class RateLimit {
  readonly #rates: Rates;
  readonly #clock: Clock;
  readonly #line: Waiting[] = [];
  #entries: Entry[] = [];
  #closedUntil = 0;
  #silence: (() => void) | null = null;

  constructor(rates: Rates, clock: Clock = systemClock) {
    this.#rates = rates;
    this.#clock = clock;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Resolves when a request of about so many tokens may start; rejects with the signal's reason. */
  async enter(tokens: number, { signal }: { readonly signal: AbortSignal }): Promise<Admission> {
    signal.throwIfAborted();
    return await new Promise<Admission>((resolve, reject) => {
      const leave = (): void => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        this.#advance();
        // The reason is the caller's own, passed through as it is.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(signal.reason);
      };
      const waiting: Waiting = {
        tokens,
        admit: (admission) => {
          signal.removeEventListener('abort', leave);
          resolve(admission);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#line.push(waiting);
      this.#advance();
    });
  }

  /** Lets nobody through for a while: the server asked everybody to wait. */
  close(ms: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, this.#clock.now() + ms);
    this.#advance();
  }

  #advance(): void {
    this.#silence?.();
    this.#silence = null;
    for (let first = this.#line[0]; first !== undefined; first = this.#line[0]) {
      const wait = this.#waitFor(first.tokens);
      if (wait > 0) {
        // A timer may ring a little early; then it is set again.
        this.#silence = this.#clock.alarm(Math.ceil(wait), () => {
          this.#advance();
        });
        return;
      }
      this.#line.shift();
      first.admit(this.#admit(first.tokens));
    }
  }

  #admit(tokens: number): Admission {
    const entry = { at: this.#clock.now(), tokens };
    this.#entries.push(entry);
    return {
      correct: (actual) => {
        entry.tokens = actual;
        this.#advance();
      },
    };
  }

  /** Milliseconds until a request of so many tokens may start. */
  #waitFor(tokens: number): number {
    const now = this.#clock.now();
    this.#entries = this.#entries.filter(({ at }) => at > now - minute);
    const { requestsPerMinute = Infinity, tokensPerMinute = Infinity } = this.#rates;
    let requests = this.#entries.length;
    let used = this.#entries.reduce((sum, entry) => sum + entry.tokens, 0);
    let wait = Math.max(0, this.#closedUntil - now);
    for (const entry of this.#entries) {
      // One that is larger than the rate itself goes alone.
      const fits = used + tokens <= tokensPerMinute || used === 0;
      if (requests < requestsPerMinute && fits) break;
      requests -= 1;
      used -= entry.tokens;
      wait = Math.max(wait, entry.at + minute - now);
    }
    return wait;
  }
}
