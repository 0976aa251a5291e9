/**
 * A signal that follows another one and can be aborted by itself. Disposed of, it leaves nothing behind: what listens to
 * it (HTTP clients do, and some never stop) does not pile up on the long-lived signal of a trial, as it would there or
 * through `AbortSignal.any`.
 */
export class LinkedSignal implements Disposable {
  readonly #controller = new AbortController();
  readonly #source: AbortSignal;
  readonly #follow = (): void => {
    this.#controller.abort(this.#source.reason);
  };

  constructor(source: AbortSignal) {
    this.#source = source;
    if (source.aborted) this.#follow();
    else source.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    this.#source.removeEventListener('abort', this.#follow);
  }
}
