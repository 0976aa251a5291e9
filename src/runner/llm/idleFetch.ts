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
      const { status, statusText, headers, body } = response;
      const watched = body === null ? null : watchedBody(body, timer);
      if (watched === null) clearTimeout(timer);
      return new Response(watched, { status, statusText, headers });
    } catch (error) {
      clearTimeout(timer);
      throw error;
    }
  };
}

/** The same bytes; each of them sets the timer anew, the end calls it off. */
function watchedBody(
  body: ReadableStream<Uint8Array>,
  timer: NodeJS.Timeout,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        timer.refresh();
        if (!done) {
          controller.enqueue(value);
          return;
        }
        clearTimeout(timer);
        controller.close();
      },
      async cancel(reason) {
        clearTimeout(timer);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
