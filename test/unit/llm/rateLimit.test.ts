import { describe, expect, test } from 'vitest';
import type { Admission, Clock, Rates } from '../../../src/runner/llm/rateLimit';
import { RateLimit } from '../../../src/runner/llm/rateLimit';
import { withRateLimit } from '../../../src/runner/llm/withRateLimit';
import { answered, ask, failed, modelOf, usage } from '../../support/models';
import { never } from '../../support/temp';

/** A clock that goes on when it is told to. */
class HandClock implements Clock {
  #time = 0;
  #alarms: { readonly at: number; readonly ring: () => void }[] = [];
  /** How many alarms were ever set. */
  set = 0;

  readonly now = (): number => this.#time;

  readonly alarm = (ms: number, ring: () => void): (() => void) => {
    const alarm = { at: this.#time + ms, ring };
    this.#alarms.push(alarm);
    this.set += 1;
    return () => {
      this.#alarms = this.#alarms.filter((one) => one !== alarm);
    };
  };

  get pending(): number {
    return this.#alarms.length;
  }

  async pass(seconds: number): Promise<void> {
    const end = this.#time + seconds * 1000;
    await settled();
    for (;;) {
      const [next] = this.#alarms.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#time = next.at;
      this.#alarms = this.#alarms.filter((one) => one !== next);
      next.ring();
      await settled();
    }
    this.#time = end;
    await settled();
  }
}

/** Lets everything happen that waits for nothing. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function setUp(rates: Rates) {
  const clock = new HandClock();
  const limit = new RateLimit(rates, clock);
  const entered: { readonly name: string; readonly at: number; readonly admission: Admission }[] =
    [];
  const enter = (name: string, tokens = 1, signal = new AbortController().signal) =>
    limit
      .enter(tokens, { signal })
      .then((admission) => entered.push({ name, at: clock.now() / 1000, admission }));
  const times = () => entered.map(({ name, at }) => `${name}@${String(at)}`);
  return { clock, limit, enter, entered, times };
}

describe('requests a minute', () => {
  test('those of any minute stay within the rate', async () => {
    const { clock, enter, entered } = setUp({ requestsPerMinute: 3 });
    for (let n = 0; n < 10; n += 1) void enter(String(n));
    await clock.pass(10);
    expect(entered).toHaveLength(3);
    await clock.pass(40);
    expect(entered).toHaveLength(3);
    await clock.pass(200);
    const at = entered.map((one) => one.at);
    expect(at).toHaveLength(10);
    for (const start of at)
      expect(at.filter((t) => t >= start && t < start + 60).length).toBeLessThan(4);
  });

  test('come in their order, and one alarm is set for all of them', async () => {
    const { clock, enter, times, limit } = setUp({ requestsPerMinute: 1 });
    void enter('a');
    await clock.pass(10);
    for (const name of ['b', 'c', 'd']) void enter(name);
    expect(limit.waiting).toBe(3);
    expect(clock.pending).toBe(1);
    await clock.pass(200);
    expect(times()).toEqual(['a@0', 'b@60', 'c@120', 'd@180']);
    expect(clock.set).toBeLessThan(10);
    expect(clock.pending).toBe(0);
  });
});

describe('tokens a minute', () => {
  test('a large request is not overtaken by small ones', async () => {
    const { clock, enter, times } = setUp({ tokensPerMinute: 100 });
    void enter('a', 60);
    void enter('large', 90);
    void enter('small', 10);
    await clock.pass(59);
    expect(times()).toEqual(['a@0']);
    await clock.pass(1);
    expect(times()).toEqual(['a@0', 'large@60', 'small@60']);
  });

  test('what a request did not use makes room at once', async () => {
    const { clock, enter, entered, times } = setUp({ tokensPerMinute: 100 });
    void enter('a', 90);
    void enter('b', 50);
    await clock.pass(1);
    entered[0]?.admission.correct(20);
    await clock.pass(1);
    expect(times()).toEqual(['a@0', 'b@1']);
  });

  test('a request that is larger than the rate goes alone', async () => {
    const { clock, enter, times } = setUp({ tokensPerMinute: 100 });
    void enter('a', 10);
    void enter('huge', 500);
    void enter('b', 10);
    await clock.pass(130);
    expect(times()).toEqual(['a@0', 'huge@60', 'b@120']);
  });
});

test('who leaves the line makes room for the next, with its own reason', async () => {
  const { clock, enter, times } = setUp({ tokensPerMinute: 100 });
  const stop = new AbortController();
  void enter('a', 60);
  const gone = enter('gone', 90, stop.signal);
  void enter('c', 30);
  stop.abort(new Error('enough'));
  await expect(gone).rejects.toThrow('enough');
  await clock.pass(1);
  expect(times()).toEqual(['a@0', 'c@0']);
  await expect(enter('late', 1, stop.signal)).rejects.toThrow('enough');
});

test('closed, it lets nobody through until the time is over', async () => {
  const { clock, enter, limit, times } = setUp({});
  limit.close(5000);
  limit.close(2000);
  void enter('a');
  await clock.pass(4);
  expect(times()).toEqual([]);
  await clock.pass(1);
  expect(times()).toEqual(['a@5']);
});

describe('a model with a limit', () => {
  test('corrects the guess by what the call came to', async () => {
    const clock = new HandClock();
    const limit = new RateLimit({ tokensPerMinute: 1500 }, clock);
    const model = withRateLimit(
      modelOf(() => answered('yes', { usage: usage(100, 50) })),
      limit,
    );
    for (let n = 0; n < 3; n += 1)
      expect(await model.complete(ask('hi'), { signal: never })).toMatchObject({ text: 'yes' });
    expect(clock.set).toBe(0);
  });

  test('makes all wait when the server asks one of them to', async () => {
    const clock = new HandClock();
    const limit = new RateLimit({}, clock);
    const model = withRateLimit(
      modelOf(({ messages }) =>
        messages[0]?.content === 'first'
          ? failed('busy', { retry: { afterMs: 3000 } })
          : answered(''),
      ),
      limit,
    );
    await model.complete(ask('first'), { signal: never });
    const second = model.complete(ask('second'), { signal: never });
    expect(limit.waiting).toBe(1);
    await clock.pass(3);
    expect(await second).toMatchObject({ kind: 'answer' });
  });

  test('bills nothing for a call that never left the line', async () => {
    const clock = new HandClock();
    const limit = new RateLimit({ requestsPerMinute: 1 }, clock);
    const model = withRateLimit(
      modelOf(() => answered('')),
      limit,
    );
    await model.complete(ask('1'), { signal: never });
    const stop = new AbortController();
    const bills: unknown[] = [];
    const waiting = model.complete(ask('2'), {
      signal: stop.signal,
      meter: { again: () => true, cutOff: (one) => bills.push(one.prompt_tokens) },
    });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(bills).toEqual([0]);
  });
});
