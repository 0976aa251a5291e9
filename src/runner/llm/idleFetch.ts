import { LinkedSignal } from './linkedSignal';

/** Nothing came for too long. */
export class IdleError extends Error {
  constructor(seconds: number) {
    super(`nothing came for ${String(seconds)} s`);
    this.name = 'IdleError';
  }
}

/**
 * A fetch that gives up when not a single byte comes for `seconds`, before the response or in the middle of it. The
 * request, or the body's reader, then rejects with an IdleError.
 */
export function idleFetch(seconds: number): typeof fetch {
  return async (input, init) => {
    // As short-lived as the signal it follows.
    const own = new LinkedSignal(init?.signal ?? new AbortController().signal);
    const timer = setTimeout(() => {
      own.abort(new IdleError(seconds));
    }, seconds * 1000);
    timer.unref(); // a body that is left unread must not keep the process
    try {
      const response = await fetch(input, { ...init, signal: own.signal });
      timer.refresh();
      if (response.body === null) {
        clearTimeout(timer);
        return response;
      }
      const watched = response.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            timer.refresh();
            controller.enqueue(chunk);
          },
          flush() {
            clearTimeout(timer);
          },
        }),
      );
      const { status, statusText, headers } = response;
      return new Response(watched, { status, statusText, headers });
    } catch (error) {
      clearTimeout(timer);
      throw error;
    }
  };
}
