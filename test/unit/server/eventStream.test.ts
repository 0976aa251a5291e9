import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../../src/runner/index';
import { serverEvents } from '../../../src/sdk/serverEvents';
import { eventStream } from '../../../src/server/eventStream';
import { never } from '../../support/temp';

function note(seq: number, text: string): RecordedEvent {
  const time = '2026-01-01T00:00:00.000Z';
  return {
    id: `e-${String(seq)}`,
    event: { v: 1, seq, time, type: 'run.note', level: 'info', text },
  };
}

/** Hands out portions, and tells how many were asked for and whether it was left. */
class Source {
  asked = 0;
  left = false;
  readonly #portions: readonly (readonly RecordedEvent[])[];
  readonly #waits: boolean;

  constructor(portions: readonly (readonly RecordedEvent[])[], waits = false) {
    this.#portions = portions;
    this.#waits = waits;
  }

  async *read(signal: AbortSignal): AsyncGenerator<readonly RecordedEvent[]> {
    try {
      for (const portion of this.#portions) {
        this.asked += 1;
        yield portion;
      }
      if (this.#waits)
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        });
    } finally {
      this.left = true;
    }
  }
}

const textOf = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

describe('eventStream', () => {
  it('frames events as clients expect them, whatever they say', async () => {
    const events = [note(0, 'one\n\ntwo: data: x'), note(1, '日本 \u2028')];
    const source = new Source([events.slice(0, 1), events.slice(1)]);
    const stream = eventStream((signal) => source.read(signal), {
      signal: never,
      onEnd: () => undefined,
    });
    const got: unknown[] = [];
    for await (const { id, event, data } of serverEvents(stream, () => undefined))
      got.push({ id, event, data: JSON.parse(data) as unknown });
    expect(got).toEqual(events.map(({ id, event }) => ({ id, event: 'run.note', data: event })));
  });

  it('makes nothing that nobody reads', async () => {
    const source = new Source(Array.from({ length: 1000 }, (_, n) => [note(n, 'x')]));
    const stream = eventStream((signal) => source.read(signal), {
      signal: never,
      onEnd: () => undefined,
    });
    const reader = stream.getReader();
    await reader.read();
    await delay(20);
    expect(source.asked).toBe(0);
    await reader.read();
    await delay(20);
    expect(source.asked).toBe(1);
  });

  it('leaves its source when the client leaves, whether that rests or waits', async () => {
    for (const waits of [false, true]) {
      let ends = 0;
      const source = new Source([[note(0, 'x')]], waits);
      const stream = eventStream((signal) => source.read(signal), {
        signal: never,
        onEnd: () => (ends += 1),
      });
      const reader = stream.getReader();
      await reader.read();
      await reader.read();
      const pending = waits ? reader.read() : null;
      await delay(5);
      await reader.cancel();
      await pending;
      await delay(5);
      expect(source.left).toBe(true);
      expect(ends).toBeGreaterThan(0);
    }
  });

  it('says that it is alive while nothing happens, and ends with the server', async () => {
    const closing = new AbortController();
    const source = new Source([], true);
    const stream = eventStream((signal) => source.read(signal), {
      signal: closing.signal,
      onEnd: () => undefined,
      heartbeatMs: 10,
    });
    let text = '';
    for await (const piece of stream) {
      text += new TextDecoder().decode(piece);
      if (text.endsWith(': alive\n\n: alive\n\n')) closing.abort(new Error('closing'));
    }
    expect(text).toMatch(/^retry: \d+\n\n(: alive\n\n){2,}$/);
    expect(source.left).toBe(true);
  });

  it('breaks off when its source breaks', async () => {
    const broken = async function* (): AsyncGenerator<readonly RecordedEvent[]> {
      yield [note(0, 'x')];
      await delay(1);
      throw new Error('the disk is gone');
    };
    const stream = eventStream(broken, { signal: never, onEnd: () => undefined });
    await expect(textOf(stream)).rejects.toThrow('the disk is gone');
  });
});

describe('serverEvents', () => {
  it('puts messages together from any pieces', async () => {
    const text =
      'retry: 1\n\n: alive\n\nid: a-1\nevent: x\ndata: {"ü":1}\r\n\r\ndata: one\ndata: two\n\nid: half';
    const bytes = new TextEncoder().encode(text);
    for (const size of [1, 2, 7, bytes.length]) {
      const pieces = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size)
            controller.enqueue(bytes.subarray(at, at + size));
          controller.close();
        },
      });
      const got: unknown[] = [];
      for await (const message of serverEvents(pieces, () => undefined)) got.push(message);
      expect(got, `pieces of ${String(size)}`).toEqual([
        { id: 'a-1', event: 'x', data: '{"ü":1}' },
        { id: '', event: 'message', data: 'one\ntwo' },
      ]);
    }
  });
});
