import type { Host } from '../host';
import type { EventOptions, RecordedEvent } from '../runner';
import { livingOwner } from '../store/ownerLock';
import { readPlan } from '../store/runFolder';
import { EventIndex } from './eventIndex';

/** Files are looked at so often while something happens, and less and less often while nothing does. */
const busyPollMs = 200;
const idlePollMs = 1000;

/** Orders are remembered that nobody reads now, so many with so many events: whoever was cut off goes on where it was. */
const mostIdle = { orders: 32, events: 1_000_000 } as const;

/** What one reader holds at a time. */
const portion = { count: 128, bytes: 64 * 1024 } as const;

/**
 * Events of runs as their files tell them, for any number of readers. Those of one run share one index and one look at the
 * files; each reader holds its place and the few events that it is about to hand on, so a slow one costs no more than a
 * quick one. A run that nobody reads costs nothing but, for a while, its order.
 */
export class EventFeeds {
  readonly #host: Host;
  readonly #feeds = new Map<string, Feed>();
  /** The one that was left longest ago first. */
  readonly #idle = new Map<string, Feed>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** The facade's `readRunEvents`. */
  async *read(
    runDir: string,
    { after, goesOn = () => false, signal }: EventOptions,
  ): AsyncGenerator<readonly RecordedEvent[], void, undefined> {
    await readPlan(runDir);
    const feed = this.#feeds.get(runDir) ?? this.#begin(runDir);
    feed.readers += 1;
    feed.hurry();
    try {
      let place: number | null = null;
      for (;;) {
        // Asked before a look that begins afterwards: of a run that goes on no more, that look sees everything.
        const stays = goesOn();
        await feed.changed(feed.begun, signal);
        place ??= feed.index.placeAfter(after);
        while (place < feed.index.size) {
          const { events, next } = await feed.index.read(place, portion);
          signal.throwIfAborted();
          if (events.length > 0) yield events;
          place = next;
        }
        if (feed.isOver && !stays) return;
      }
    } finally {
      this.#leave(runDir, feed);
    }
  }

  #begin(runDir: string): Feed {
    const feed = this.#idle.get(runDir) ?? new Feed(runDir, this.#host);
    this.#idle.delete(runDir);
    this.#feeds.set(runDir, feed);
    feed.start();
    return feed;
  }

  #leave(runDir: string, feed: Feed): void {
    feed.readers -= 1;
    if (feed.readers > 0) return;
    feed.stop();
    this.#feeds.delete(runDir);
    if (feed.hasFailed) return;
    this.#idle.set(runDir, feed);
    let events = [...this.#idle.values()].reduce((sum, { index }) => sum + index.size, 0);
    for (const [oldest, { index }] of this.#idle) {
      if (this.#idle.size <= mostIdle.orders && events <= mostIdle.events) break;
      this.#idle.delete(oldest);
      events -= index.size;
    }
  }
}

/** The events of one run, and the looks at its files while somebody reads them. */
class Feed {
  readonly index: EventIndex;
  readers = 0;
  readonly #runDir: string;
  readonly #host: Host;
  readonly #waiting = new Set<() => void>();
  #begun = 0;
  #ended = 0;
  #isOver = false;
  #failure: Error | null = null;
  #stopped = new AbortController();
  #following: Promise<void> = Promise.resolve();
  #isHurried = false;
  #endPause: () => void = () => undefined;

  constructor(runDir: string, host: Host) {
    this.#runDir = runDir;
    this.#host = host;
    this.index = new EventIndex(runDir);
  }

  /** How many looks at the files were begun. */
  get begun(): number {
    return this.#begun;
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** Nothing more comes than what the last look saw: the run ended, or nobody works on it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  start(): void {
    this.#stopped = new AbortController();
    const { signal } = this.#stopped;
    // A look that is still being taken ends first: two at a time would see each line twice.
    this.#following = this.#following.then(() => this.#follow(signal));
  }

  stop(): void {
    this.#stopped.abort();
    this.#endPause();
  }

  /** The next look is not waited for. */
  hurry(): void {
    this.#isHurried = true;
    this.#endPause();
  }

  /** Resolves when a look has ended after look number `begun`; rejects with why the files cannot be read. */
  async changed(begun: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#ended <= begun && this.#failure === null) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
      signal.throwIfAborted();
    }
    if (this.#failure !== null) throw this.#failure;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let pauseMs = busyPollMs;
    try {
      while (!signal.aborted) {
        this.#begun += 1;
        // Asked before the files are read: what a process wrote before it died is then read, too.
        const owner = await livingOwner(this.#runDir, this.#host);
        const added = await this.index.refresh();
        this.#isOver = this.index.isOver || owner === null;
        this.#ended = this.#begun;
        for (const wake of [...this.#waiting]) wake();
        pauseMs = added ? busyPollMs : Math.min(pauseMs * 2, idlePollMs);
        await this.#pause(pauseMs, signal);
        this.#isHurried = false;
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      for (const wake of [...this.#waiting]) wake();
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isHurried || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
