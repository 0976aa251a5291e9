import { describe, expect, test } from 'vitest';
import type { Completion } from '../../../src/runner/llm/model';
import { longestPauseMs, withRetries } from '../../../src/runner/llm/withRetries';
import { addUsage } from '../../../src/runner/model';
import { answered, ask, failed, modelOf, refused, usage } from '../../support/models';
import { never } from '../../support/temp';

const price = { input: 1, output: 10 };
const busy = failed('busy', { retry: { afterMs: 0 }, usage: usage(10, 1, price) });

function repeating(answers: readonly Completion[], retries = 5) {
  let asked = 0;
  const model = withRetries(
    modelOf(() => answers[asked++] ?? failed('the script is at its end')),
    { retries, firstPauseMs: 1 },
  );
  return { model, asked: () => asked };
}

describe('a request that failed', () => {
  test('is repeated until there is an answer; all of them are billed', async () => {
    const { model } = repeating([busy, busy, answered('yes', { usage: usage(10, 20, price) })]);
    const completion = await model.complete(ask('hi'), { signal: never });
    expect(completion).toMatchObject({
      kind: 'answer',
      text: 'yes',
      attempts: 3,
      usage: addUsage(addUsage(busy.usage, busy.usage), usage(10, 20, price)),
    });
  });

  test('is repeated as often as allowed, then its failure is the completion', async () => {
    const { model, asked } = repeating(Array<Completion>(9).fill(busy), 2);
    const completion = await model.complete(ask('hi'), { signal: never });
    expect(completion).toMatchObject({ kind: 'failed', detail: 'busy', attempts: 3 });
    expect(completion.usage.prompt_tokens).toBe(30);
    expect(asked()).toBe(3);
  });

  test.each([
    ['no retry mends', failed('gone')],
    [
      'the server wants to be left alone',
      failed('later', { retry: { afterMs: longestPauseMs + 1 } }),
    ],
    ['is none: a refusal', refused('no')],
  ])('is not repeated when it %s', async (_, completion) => {
    const { model, asked } = repeating([completion]);
    expect(await model.complete(ask('hi'), { signal: never })).toMatchObject({
      kind: completion.kind,
      attempts: 1,
    });
    expect(asked()).toBe(1);
  });

  test('is not repeated when its budget forbids it', async () => {
    const { model, asked } = repeating([busy, busy, busy]);
    const bills: number[] = [];
    const completion = await model.complete(ask('hi'), {
      signal: never,
      meter: {
        again: (one) => bills.push(one.prompt_tokens) < 2,
        cutOff: () => undefined,
      },
    });
    expect(completion).toMatchObject({ kind: 'failed', attempts: 2 });
    expect(completion.usage.prompt_tokens).toBe(20);
    expect(bills).toEqual([10, 10]);
    expect(asked()).toBe(2);
  });

  test('is repeated no earlier than the server asks', async () => {
    const { model } = repeating([failed('busy', { retry: { afterMs: 60 } }), answered('yes')]);
    const completion = await model.complete(ask('hi'), { signal: never });
    expect(completion.kind).toBe('answer');
    expect(completion.durationMs).toBeGreaterThanOrEqual(60);
  });
});

describe('what is no failure of a request', () => {
  test('rejects as it is, at once', async () => {
    const error = new TypeError('a bug');
    let asked = 0;
    const model = withRetries(
      modelOf(() => {
        asked += 1;
        throw error;
      }),
      { retries: 5, firstPauseMs: 1 },
    );
    await expect(model.complete(ask('hi'), { signal: never })).rejects.toBe(error);
    expect(asked).toBe(1);
  });

  test.each([
    ['a long pause of our own', 1_000_000, 0],
    ['a long pause that the server asks for', 1, 200_000],
  ])(
    'a cancel ends %s with its reason and costs nothing more',
    async (_, firstPauseMs, afterMs) => {
      const stop = new AbortController();
      const reason = { why: 'no error at all' };
      const bills: number[] = [];
      const model = withRetries(
        modelOf(() => {
          setImmediate(() => {
            stop.abort(reason);
          });
          return failed('busy', { retry: { afterMs } });
        }),
        { retries: 5, firstPauseMs },
      );
      const call = model.complete(ask('hi'), {
        signal: stop.signal,
        meter: { again: () => true, cutOff: (one) => bills.push(one.prompt_tokens) },
      });
      await expect(call).rejects.toBe(reason);
      expect(bills).toEqual([0]);
    },
  );
});
