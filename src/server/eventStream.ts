import type { RecordedEvent } from '../runner/index';

/** Says that the connection is alive, to both sides and to what stands between them. */
const heartbeatMs = 15_000;
/** After how long a client comes back. */
const retryMs = 1000;

export interface EventStreamOptions {
  readonly signal: AbortSignal;
  /** Called when nobody reads any more or nothing more comes; maybe twice. */
  readonly onEnd: () => void;
  /** For tests. */
  readonly heartbeatMs?: number;
}

/**
 * Server-sent events, made as they are read: a client that reads slowly delays its own events and holds none in memory.
 * `events` is told to stop when the client leaves.
 */
export function eventStream(
  events: (signal: AbortSignal) => AsyncIterable<readonly RecordedEvent[]>,
  { signal, onEnd, heartbeatMs: beatMs = heartbeatMs }: EventStreamOptions,
): ReadableStream<Uint8Array> {
  const left = new AbortController();
  const stop = AbortSignal.any([signal, left.signal]);
  const iterator = events(stop)[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<readonly RecordedEvent[]>> | null = null;
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // The head of the response goes out with the first bytes; an event may be a long time coming.
        controller.enqueue(encoder.encode(`retry: ${String(retryMs)}\n\n`));
      },
      async pull(controller) {
        next ??= iterator.next();
        const result = await beforeBeat(next, beatMs).catch((error: unknown) => {
          onEnd();
          if (stop.aborted) return { done: true } as const;
          throw error;
        });
        if (result === null) controller.enqueue(encoder.encode(': alive\n\n'));
        else if (result.done === true) {
          onEnd();
          if (!left.signal.aborted) controller.close();
        } else {
          next = null;
          controller.enqueue(encoder.encode(result.value.map(framed).join('')));
        }
      },
      async cancel() {
        left.abort(new Error('the client left'));
        onEnd();
        // It may rest at an event that nobody took.
        await iterator.return?.().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/** null: it took longer. */
async function beforeBeat<T>(next: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const beat = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null).unref();
  });
  try {
    return await Promise.race([next, beat]);
  } finally {
    clearTimeout(timer);
  }
}

function framed({ id, event }: RecordedEvent): string {
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
