import { describe, expect, test } from 'vitest';
import { Budget } from '../../../src/runner/llm/budget';
import type { Completion, ModelRequest } from '../../../src/runner/llm/model';
import { withBudgets } from '../../../src/runner/llm/withBudgets';
import type { BudgetLimits, Price } from '../../../src/runner/model';
import { answered, ask, failed, modelOf, usage } from '../../support/models';
import { never } from '../../support/temp';

const price: Price = { input: 1, output: 10 };
const options = { signal: never };

function budgets(trial: BudgetLimits, run: BudgetLimits = {}) {
  return { trial: new Budget(trial), run: new Budget(run) };
}

/** Asks that wait until they are told to go on. */
function gate() {
  const asked: { readonly request: ModelRequest; readonly answer: (one: Completion) => void }[] =
    [];
  const model = modelOf(
    (request) => new Promise((resolve) => asked.push({ request, answer: resolve })),
    { price },
  );
  return { asked, model };
}

async function turnOfTheLoop(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('admission', () => {
  test('a call that fits is made as it is', async () => {
    const requests: ModelRequest[] = [];
    const model = withBudgets(
      modelOf(
        (request) => (requests.push(request), answered('yes', { usage: usage(5, 7, price) })),
        {
          price,
        },
      ),
      budgets({ cost: 1, tokens: 10_000, turns: 5 }),
    );
    expect(await model.complete(ask('hi'), options)).toMatchObject({ kind: 'answer', text: 'yes' });
    expect(requests[0]).toMatchObject({ maxTokens: 1000, askedTokens: 1000 });
    expect(model.used).toEqual(usage(5, 7, price));
  });

  test('an answer is shortened to what is left, and the cache is told what was asked', async () => {
    const requests: ModelRequest[] = [];
    const model = withBudgets(
      modelOf((request) => (requests.push(request), answered('yes')), { price }),
      budgets({ tokens: 400 }),
    );
    await model.complete(ask('hi'), options);
    const { maxTokens, askedTokens } = requests[0]!;
    expect(askedTokens).toBe(1000);
    expect(maxTokens).toBeLessThan(400);
    expect(maxTokens).toBeGreaterThan(300);
  });

  test('a call is not made for an answer that would be too short to use', async () => {
    let calls = 0;
    const model = withBudgets(
      modelOf(() => ((calls += 1), answered('no')), { price }),
      budgets({ tokens: 100 }),
    );
    const completion = await model.complete(ask('hello, what can you do?'), options);
    expect(completion).toMatchObject({
      kind: 'over_budget',
      stop: { of: 'trial', limit: 'tokens' },
      attempts: 0,
    });
    expect(calls).toBe(0);
    expect(model.used).toBeNull();
  });

  test.each([
    ['turns', { turns: 1 }],
    ['cost', { cost: 0.0107 }],
    ['tokens', { tokens: 1100 }],
  ] as const)('the run stops with its own limit: %s', async (limit, limits) => {
    const model = withBudgets(
      modelOf(() => answered('yes', { usage: usage(100, 1000, price) }), { price }),
      budgets({}, limits),
    );
    expect(await model.complete(ask('1'), options)).toMatchObject({ kind: 'answer' });
    expect(await model.complete(ask('2'), options)).toMatchObject({
      kind: 'over_budget',
      stop: { of: 'run', limit },
    });
  });

  test('nothing is asked under a limit of cost whose price nobody knows', async () => {
    const model = withBudgets(
      modelOf(() => answered('yes')),
      budgets({}, { cost: 100 }),
    );
    expect(await model.complete(ask('1'), options)).toMatchObject({
      kind: 'over_budget',
      stop: { of: 'run', limit: 'cost' },
    });
  });
});

describe('calls at the same time', () => {
  test('one that does not fit beside another waits for it', async () => {
    const { asked, model } = gate();
    const shared = budgets({}, { cost: 0.015 });
    const first = withBudgets(model, { ...shared, trial: new Budget({}) });
    const second = withBudgets(model, { ...shared, trial: new Budget({}) });
    const one = first.complete(ask('1'), options);
    const two = second.complete(ask('2'), options);
    await turnOfTheLoop();
    expect(asked).toHaveLength(1);
    asked[0]?.answer(answered('short', { usage: usage(10, 10, price) }));
    await one;
    await turnOfTheLoop();
    expect(asked).toHaveLength(2);
    expect(asked[1]?.request.maxTokens).toBe(1000);
    asked[1]?.answer(answered('long', { usage: usage(10, 1000, price) }));
    expect(await two).toMatchObject({ text: 'long' });
    expect(shared.run.spent.cost).toBeLessThanOrEqual(0.015);
  });

  test('a hundred never come to more than the limit', async () => {
    const { asked, model } = gate();
    const run = new Budget({ cost: 0.1 });
    const calls = Array.from({ length: 100 }, (_, n) =>
      withBudgets(model, { trial: new Budget({}), run }).complete(ask(String(n)), {
        signal: new AbortController().signal,
      }),
    );
    let done = 0;
    while (done < asked.length || (await turnOfTheLoop(), done < asked.length)) {
      const { request, answer } = asked[done]!;
      done += 1;
      answer(answered('', { usage: usage(20, request.maxTokens, price) }));
      await turnOfTheLoop();
    }
    const kinds = (await Promise.all(calls)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'answer').length).toBeGreaterThan(8);
    expect(kinds).toContain('over_budget');
    expect(run.spent.cost).toBeLessThanOrEqual(0.1);
    expect(run.spent.cost).toBeGreaterThan(0.09);
  });

  test('a cancel ends the waiting', async () => {
    const { asked, model } = gate();
    const run = new Budget({ cost: 0.011 });
    const stop = new AbortController();
    const first = withBudgets(model, { trial: new Budget({}), run }).complete(ask('1'), options);
    const second = withBudgets(model, { trial: new Budget({}), run }).complete(ask('2'), {
      signal: stop.signal,
    });
    await turnOfTheLoop();
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(second).rejects.toBe(reason);
    asked[0]?.answer(answered('', { usage: usage(1, 1, price) }));
    await first;
    expect(run.spent.turns).toBe(1);
  });
});

describe('the bill', () => {
  test('a call that is cut off is billed as far as it came', async () => {
    const run = new Budget({});
    const stop = new AbortController();
    const model = withBudgets(
      modelOf((_, { meter }) => {
        stop.abort(new Error('enough'));
        meter?.cutOff(usage(30, 3, price));
        throw stop.signal.reason;
      }),
      { trial: new Budget({}), run },
    );
    await expect(model.complete(ask('1'), stop)).rejects.toThrow('enough');
    expect(run.spent).toMatchObject({ turns: 1, tokens: 33 });
    expect(model.used).toEqual(usage(30, 3, price));
  });

  test('the worst case stands where nobody says how far', async () => {
    const stop = new AbortController();
    const run = new Budget({});
    const model = withBudgets(
      modelOf(() => {
        stop.abort(new Error('enough'));
        throw stop.signal.reason;
      }),
      { trial: new Budget({}), run },
    );
    await expect(model.complete(ask('1'), stop)).rejects.toThrow('enough');
    expect(model.used).toMatchObject({ completion_tokens: 1000, estimated: true });
    expect(run.spent.tokens).toBeGreaterThan(1000);
  });

  test('a misconfiguration costs nothing', async () => {
    const model = withBudgets(
      modelOf(() => {
        throw new Error('no key');
      }),
      budgets({}),
    );
    await expect(model.complete(ask('1'), options)).rejects.toThrow('no key');
    expect(model.used).toMatchObject({ prompt_tokens: 0, completion_tokens: 0, cost: 0 });
  });

  test('requests that failed count, and no more are made than the limit allows', async () => {
    const answers: (boolean | undefined)[] = [];
    const shared = budgets({ cost: 0.013 });
    const model = withBudgets(
      modelOf(
        (_, { meter }) => {
          const spent = usage(1000, 0, price);
          for (let n = 0; n < 3; n += 1) answers.push(meter?.again(spent));
          return failed('broken', { usage: usage(3000, 0, price), attempts: 3 });
        },
        { price },
      ),
      shared,
    );
    expect(await model.complete(ask('1'), options)).toMatchObject({
      kind: 'over_budget',
      stop: { of: 'trial', limit: 'cost' },
      attempts: 3,
    });
    expect(answers).toEqual([true, true, false]);
    expect(shared.trial.spent).toMatchObject({ turns: 1, tokens: 3000 });
    expect(model.used?.cost).toBeCloseTo(0.003);
  });
});

describe('time', () => {
  test('the call that is under way ends with it', async () => {
    const shared = budgets({}, { time_s: 0.02 });
    const model = withBudgets(
      modelOf(
        (_, { signal, meter }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              meter?.cutOff(usage(9, 1, price));
              reject(signal.reason as Error);
            });
          }),
        { price },
      ),
      shared,
    );
    expect(await model.complete(ask('1'), options)).toMatchObject({
      kind: 'over_budget',
      stop: { of: 'run', limit: 'time_s' },
      usage: usage(9, 1, price),
      attempts: 1,
    });
    expect(await model.complete(ask('2'), options)).toMatchObject({
      kind: 'over_budget',
      attempts: 0,
    });
    expect(shared.run.spent).toMatchObject({ turns: 1, tokens: 10 });
  });
});
