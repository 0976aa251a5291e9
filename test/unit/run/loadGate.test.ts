import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LoadGate } from '../../../src/runner/run/loadGate';
import { never } from '../../support/temp';

const GiB = 1024 ** 3;

describe('one trial more', () => {
  let availableBytes: number;
  let waiting: number;
  const note = vi.fn();
  const gateOf = (seesMemory = true): LoadGate =>
    new LoadGate({
      memory: seesMemory ? () => ({ availableBytes, totalBytes: 64 * GiB }) : null,
      waitingCalls: () => waiting,
      note,
    });
  /** Whether it comes in within a moment. */
  const comesIn = (entering: Promise<unknown>): Promise<boolean> =>
    Promise.race([entering.then(() => true), delay(50, false)]);

  beforeEach(() => {
    availableBytes = 60 * GiB;
    waiting = 0;
    note.mockReset();
  });

  it('begins at once while there is room', async () => {
    const gate = gateOf();
    for (let n = 0; n < 5; n += 1) expect(await comesIn(gate.enter(never))).toBe(true);
    expect(note).not.toHaveBeenCalled();
  });

  it.each([
    ['memory', () => (availableBytes = GiB), () => (availableBytes = 60 * GiB), /memory is short/],
    ['the rate limit', () => (waiting = 1), () => (waiting = 0), /rate limit is reached/],
  ])('waits for %s, which is told once; the first never does', async (_, shorten, relax, told) => {
    const gate = gateOf();
    shorten();
    expect(await comesIn(gate.enter(never))).toBe(true);
    const second = gate.enter(never);
    const third = gate.enter(never);
    expect(await comesIn(second)).toBe(false);
    expect(note.mock.calls).toEqual([[expect.stringMatching(told)]]);
    relax();
    await second;
    await third;
    expect(note).toHaveBeenCalledTimes(1);
  });

  it('begins when the one that ran has ended, however short things are', async () => {
    const gate = gateOf();
    availableBytes = 0;
    const leave = await gate.enter(never);
    const second = gate.enter(never);
    expect(await comesIn(second)).toBe(false);
    leave();
    await second;
  });

  it('counts with the growth of those that have just begun, while they run', async () => {
    const gate = gateOf();
    // 2 GiB for the next one, and room for two to grow.
    availableBytes = 2.6 * GiB;
    await gate.enter(never);
    await gate.enter(never);
    const leave = await gate.enter(never);
    const next = gate.enter(never);
    expect(await comesIn(next)).toBe(false);
    leave();
    await next;
  });

  it('does not wait when the run is stopped, nor for memory that nobody sees', async () => {
    const unseeing = gateOf(false);
    availableBytes = 0;
    await unseeing.enter(never);
    expect(await comesIn(unseeing.enter(never))).toBe(true);
    const gate = gateOf();
    await gate.enter(never);
    const stop = new AbortController();
    const second = gate.enter(stop.signal);
    stop.abort();
    await second;
  });
});
