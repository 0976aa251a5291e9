import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RunEvent, TrialEventBody } from '../../../src/runner/model';
import { EventIndex } from '../../../src/runner/run/eventIndex';
import { runPaths } from '../../../src/runner/store/runFolder';
import { runPlanOf } from '../../support/plans';
import { temporaryFolder } from '../../support/temp';

const plan = runPlanOf(['one_0', 'two_0']);

const everything = { count: 1000, bytes: 1024 ** 2 } as const;
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const note = (text: string): TrialEventBody => ({ type: 'trial.note', text });
const line = (event: object): string => `${JSON.stringify(event)}\n`;

let runDir: string;

/** Adds an event to the run's file, or to a trial's. */
async function add(second: number, seq: number, body: object, trial?: string): Promise<void> {
  const paths = runPaths(runDir);
  const file = trial === undefined ? paths.events : paths.trial(trial).events;
  if (trial !== undefined) await mkdir(paths.trial(trial).folder, { recursive: true });
  await appendFile(file, line({ v: 1, seq, time: at(second), trial, ...body }));
}

/** `trial:seq` of every event from a place on. */
async function order(index: EventIndex, place = 0): Promise<readonly string[]> {
  const { events } = await index.read(place, everything);
  return events.map(({ event }) => nameOf(event));
}

function nameOf(event: RunEvent): string {
  return `${'trial' in event ? event.trial : 'run'}:${String(event.seq)}`;
}

async function indexed(): Promise<EventIndex> {
  const index = new EventIndex(runDir);
  await index.refresh();
  return index;
}

/** Ids of all events in their order. */
async function ids(index: EventIndex): Promise<readonly string[]> {
  return (await index.read(0, everything)).events.map(({ id }) => id);
}

beforeEach(async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  runDir = folder.path;
  await writeFile(runPaths(runDir).plan, JSON.stringify(plan));
});

describe('EventIndex', () => {
  it('puts the events of all files into the order of their times', async () => {
    await add(0, 0, { type: 'run.started', plan });
    await add(1, 0, { type: 'trial.started' }, 'two_0');
    await add(2, 0, { type: 'trial.started' }, 'one_0');
    await add(3, 1, note('a'), 'two_0');
    await add(4, 1, note('b'), 'one_0');
    expect(await order(await indexed())).toEqual([
      'run:0',
      'two_0:0',
      'one_0:0',
      'two_0:1',
      'one_0:1',
    ]);
  });

  it('begins the run before its trials and ends it after them when all happens at once', async () => {
    await add(0, 0, { type: 'run.started', plan });
    await add(0, 0, { type: 'trial.started' }, 'one_0');
    await add(0, 1, note('last'), 'one_0');
    await add(0, 1, { type: 'run.ended', end: 'finished' });
    expect(await order(await indexed())).toEqual(['run:0', 'one_0:0', 'one_0:1', 'run:1']);
  });

  it("keeps a file's own order when the clock is set back", async () => {
    await add(50, 0, { type: 'run.started', plan });
    await add(51, 0, { type: 'trial.started' }, 'one_0');
    await add(10, 1, note('earlier by the clock'), 'one_0');
    await add(11, 1, { type: 'run.ended', end: 'cancelled' });
    await add(11, 2, { type: 'run.resumed', pid: 1 });
    const told = await order(await indexed());
    expect(told.filter((name) => name.startsWith('one'))).toEqual(['one_0:0', 'one_0:1']);
    expect(told.filter((name) => name.startsWith('run'))).toEqual(['run:0', 'run:1', 'run:2']);
  });

  it('leaves what was told in its place while the run goes on', async () => {
    await add(0, 0, { type: 'run.started', plan });
    await add(5, 0, { type: 'trial.started' }, 'one_0');
    const index = await indexed();
    const before = await ids(index);
    // Found later, though it happened before.
    await add(3, 0, { type: 'trial.started' }, 'two_0');
    expect(await index.refresh()).toBe(true);
    expect((await ids(index)).slice(0, 2)).toEqual(before);
    expect(await order(index)).toEqual(['run:0', 'one_0:0', 'two_0:0']);
    expect(await index.refresh()).toBe(false);
  });

  it('names nothing of a trial before the plan', async () => {
    await add(1, 0, { type: 'trial.started' }, 'one_0');
    const index = await indexed();
    expect(index.size).toBe(0);
    await add(2, 0, { type: 'run.started', plan });
    await index.refresh();
    expect([...(await order(index))].sort()).toEqual(['one_0:0', 'run:0']);
  });

  it('reads on where it stopped, wherever a line was torn', async () => {
    await add(0, 0, { type: 'run.started', plan });
    await add(1, 0, { type: 'trial.started' }, 'one_0');
    const events = runPaths(runDir).trial('one_0').events;
    const whole = line({ v: 1, seq: 1, time: at(2), trial: 'one_0', ...note('größer 日本') });
    const bytes = Buffer.from(whole);
    const index = await indexed();
    for (let cut = 1; cut < bytes.length; cut += 1) {
      await appendFile(events, bytes.subarray(cut - 1, cut));
      expect(await index.refresh()).toBe(false);
    }
    await appendFile(events, bytes.subarray(bytes.length - 1));
    expect(await index.refresh()).toBe(true);
    expect((await index.read(2, everything)).events[0]?.event).toMatchObject(note('größer 日本'));
  });

  it('passes over a line that a dead process left half', async () => {
    await add(0, 0, { type: 'run.started', plan });
    await appendFile(runPaths(runDir).events, '{"v":1,"seq":1,"ty\n');
    await add(1, 1, { type: 'run.ended', end: 'finished' });
    expect(await order(await indexed())).toEqual(['run:0', 'run:1']);
  });

  it('hands out portions that go on after each other', async () => {
    await add(0, 0, { type: 'run.started', plan });
    for (let n = 0; n < 50; n += 1)
      await add(n, n, note('x'.repeat(100)), n % 3 ? 'one_0' : 'two_0');
    const index = await indexed();
    const told: string[] = [];
    for (let place = 0; place < index.size;) {
      const { events, next } = await index.read(place, { count: 7, bytes: 500 });
      expect(events.length).toBeLessThanOrEqual(7);
      expect(next).toBeGreaterThan(place);
      told.push(...events.map(({ event }) => nameOf(event)));
      place = next;
    }
    expect(told).toEqual(await order(index));
    expect(told).toHaveLength(51);
  });
});

describe('places to come back to', () => {
  it('goes on after the event, and anew when the order is another one', async () => {
    await add(0, 0, { type: 'run.started', plan });
    await add(1, 0, { type: 'trial.started' }, 'one_0');
    const index = await indexed();
    const [first, second] = await ids(index);
    expect(index.placeAfter(first)).toBe(1);
    expect(index.placeAfter(second)).toBe(2);
    // A server that was started anew makes an order of its own.
    expect((await indexed()).placeAfter(first)).toBe(0);
    for (const strange of [undefined, '', '-1', 'x-1', `${second ?? ''}0000`, 'nothing at all'])
      expect(index.placeAfter(strange)).toBe(0);
  });

  it('is the same in a run that has ended, whoever reads it', async () => {
    await add(0, 0, { type: 'run.started', plan });
    await add(1, 0, { type: 'trial.started' }, 'one_0');
    await add(2, 1, { type: 'run.ended', end: 'cancelled' });
    const ended = await ids(await indexed());
    expect(await ids(await indexed())).toEqual(ended);
    await add(3, 2, { type: 'run.resumed', pid: 1 });
    await add(4, 1, note('again'), 'one_0');
    await add(5, 3, { type: 'run.ended', end: 'finished' });
    const resumed = await indexed();
    expect(await ids(resumed)).not.toContain(ended[0]);
    expect(resumed.placeAfter(ended[2])).toBe(0);
  });

  it('sees what a trial does after the run was resumed, though it had ended', async () => {
    await add(0, 0, { type: 'run.started', plan });
    await add(1, 0, { type: 'trial.skipped', reason: 'solved', by: 'x' }, 'one_0');
    await add(2, 1, { type: 'run.ended', end: 'finished' });
    const index = await indexed();
    expect(index.isOver).toBe(true);
    await add(3, 2, { type: 'run.resumed', pid: 1 });
    await add(4, 1, { type: 'trial.started' }, 'one_0');
    await index.refresh();
    expect(index.isOver).toBe(false);
    expect(await order(index, 3)).toEqual(['run:2', 'one_0:1']);
  });
});
