/**
 * Gathers what changed and hands it on at most once per interval: the first change waits for one interval, those that
 * come meanwhile ride along. A thousand events a second become ten refreshes.
 */
export class RefreshQueue<T> {
  readonly #flush: (changed: ReadonlySet<T>) => void;
  readonly #intervalMs: number;
  #changed = new Set<T>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(flush: (changed: ReadonlySet<T>) => void, intervalMs = 100) {
    this.#flush = flush;
    this.#intervalMs = intervalMs;
  }

  add(item: T): void {
    this.#changed.add(item);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const changed = this.#changed;
      this.#changed = new Set();
      this.#flush(changed);
    }, this.#intervalMs);
  }

  /** What was gathered and not handed on is forgotten. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changed.clear();
  }
}
