import { describe, expect, test } from 'vitest';
import { Budget } from '../../../src/runner/llm/budget';
import type { Price } from '../../../src/runner/model';
import { usage } from '../../support/models';
import { never } from '../../support/temp';

const price: Price = { input: 1, output: 10 };
/** 1000 tokens in, 100 out: $0.002 at most. */
const call = { promptTokens: 1000, completionTokens: 100, price };

describe('room', () => {
  test('is what was asked for without limits', () => {
    expect(new Budget({}).room(call)).toMatchObject({ now: 100, atBest: 100 });
  });

  test('ends with the turns, those under way included', () => {
    const budget = new Budget({ turns: 2 });
    budget.reserve(call).settle(usage(1, 1));
    expect(budget.room(call).now).toBe(100);
    budget.reserve(call);
    expect(budget.room(call)).toEqual({ now: 0, atBest: 0, limit: 'turns' });
  });

  test('is shortened to the tokens that are left', () => {
    expect(new Budget({ tokens: 1040 }).room(call)).toMatchObject({ now: 40, limit: 'tokens' });
    expect(new Budget({ tokens: 1000 }).room(call)).toMatchObject({ now: 0, limit: 'tokens' });
  });

  test('is shortened to what the money that is left pays for', () => {
    expect(new Budget({ cost: 0.0015 }).room(call)).toMatchObject({ now: 50, limit: 'cost' });
    expect(new Budget({ cost: 0.0009 }).room(call)).toMatchObject({ now: 0, limit: 'cost' });
  });

  test('counts what others have set aside as spent, for now', () => {
    const budget = new Budget({ cost: 0.003 });
    const other = budget.reserve(call);
    expect(budget.room(call)).toMatchObject({ now: 0, atBest: 100 });
    other.settle(usage(10, 1, price));
    expect(budget.room(call)).toMatchObject({ now: 100, atBest: 100 });
  });

  test('is nothing without a price under a limit of cost, and after a cost that nobody knows', () => {
    const unknown = { ...call, price: null };
    expect(new Budget({ cost: 5 }).room(unknown)).toEqual({ now: 0, atBest: 0, limit: 'cost' });
    const budget = new Budget({ cost: 5 }, { spent: { turns: 1, tokens: 10, cost: null } });
    expect(budget.room(call)).toEqual({ now: 0, atBest: 0, limit: 'cost' });
    expect(new Budget({ tokens: 5000 }).room(unknown).now).toBe(100);
  });

  test('free calls fit a limit of nothing', () => {
    const free = { ...call, price: { input: 0, output: 0 } };
    expect(new Budget({ cost: 0 }).room(free).now).toBe(100);
    expect(new Budget({ cost: 0 }).room(call).now).toBe(0);
  });

  test('ends with the time', () => {
    let now = 1000;
    const budget = new Budget({ time_s: 2 }, { now: () => now });
    expect(budget.remainingMs).toBe(2000);
    now = 2999;
    expect(budget.room(call).now).toBe(100);
    now = 3000;
    expect(budget.room(call)).toEqual({ now: 0, atBest: 0, limit: 'time_s' });
  });

  test('goes on counting from what an earlier process spent', () => {
    const spent = { turns: 3, tokens: 4950, cost: 0.5 };
    expect(new Budget({ turns: 3 }, { spent }).room(call).limit).toBe('turns');
    expect(new Budget({ tokens: 6000 }, { spent }).room(call).now).toBe(50);
    expect(new Budget({ cost: 0.5 }, { spent }).room(call).now).toBe(0);
  });
});

describe('reservations', () => {
  test('no number of them comes to more than the limit, whatever they are settled with', () => {
    const budget = new Budget({ cost: 0.1 });
    let most = 0;
    const open: ReturnType<Budget['reserve']>[] = [];
    for (let n = 0; n < 1000; n += 1) {
      const { now } = budget.room(call);
      if (now > 0) open.push(budget.reserve({ ...call, completionTokens: now }));
      const settled = n % 3 === 0 ? open.shift() : undefined;
      settled?.settle(usage((n * 37) % 1001, Math.min(now, (n * 13) % 101), price));
      most = Math.max(most, budget.spent.cost ?? Infinity);
    }
    expect(most).toBeGreaterThan(0.09);
    expect(most).toBeLessThanOrEqual(0.1);
  });

  test('are given back to the last digit', () => {
    const odd = { ...call, price: { input: 0.1, output: 0.3 } };
    const budget = new Budget({ cost: 0.01 });
    const before = budget.room(odd);
    const many = Array.from({ length: 7 }, () => budget.reserve(odd));
    for (const one of many) one.settle(usage(0, 0, price));
    expect(budget.room(odd)).toEqual(before);
  });

  test('are settled once', () => {
    const budget = new Budget({});
    const reservation = budget.reserve(call);
    reservation.settle(usage(5, 5, price));
    reservation.settle(usage(5, 5, price));
    expect(budget.spent).toEqual({ turns: 1, tokens: 10, cost: 55 / 1e6 });
  });

  test('grow by what failed requests came to, and say when that is too much', () => {
    const budget = new Budget({ cost: 0.005 });
    const reservation = budget.reserve(call);
    expect(reservation.grow(usage(1000, 0, price))).toBeNull();
    expect(budget.room(call)).toMatchObject({ now: 100 });
    expect(reservation.grow(usage(3000, 0, price))).toBe('cost');
    reservation.settle(usage(4000, 0, price));
    expect(budget.spent.cost).toBeCloseTo(0.004);
    expect(new Budget({ tokens: 1500 }).reserve(call).grow(usage(500, 0))).toBe('tokens');
  });

  test('an unknown cost is not taken for nothing', () => {
    const budget = new Budget({});
    budget.reserve(call).settle(usage(5, 5, price));
    budget.reserve(call).settle(usage(5, 5, null));
    budget.reserve(call).settle(usage(5, 5, price));
    expect(budget.spent.cost).toBeNull();
  });
});

describe('waiting', () => {
  test('ends when a call is settled', async () => {
    const budget = new Budget({});
    const reservation = budget.reserve(call);
    let woken = 0;
    const waiting = [1, 2].map(() => budget.nextSettled(never).then(() => (woken += 1)));
    reservation.settle(usage(1, 1));
    await Promise.all(waiting);
    expect(woken).toBe(2);
  });

  test('ends with the reason of a cancel', async () => {
    const budget = new Budget({});
    const stop = new AbortController();
    const waiting = budget.nextSettled(stop.signal);
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
