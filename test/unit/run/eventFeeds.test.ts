import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { EventFeeds } from '../../../src/runner/run/eventFeeds';
import { lockRun } from '../../../src/runner/store/ownerLock';
import { runPaths } from '../../../src/runner/store/runFolder';
import { planTime, runPlanOf } from '../../support/plans';
import { temporaryFolder, testHost } from '../../support/temp';

const time = planTime;
const plan = runPlanOf(['one_0']);

let folder: string;
let feeds: EventFeeds;

beforeEach(async () => {
  const made = await temporaryFolder();
  onTestFinished(() => made[Symbol.asyncDispose]());
  folder = made.path;
  feeds = new EventFeeds(testHost(folder));
});

const line = (seq: number, body: object): string =>
  `${JSON.stringify({ v: 1, seq, time, ...body })}\n`;

/** A run that is planned. */
async function planned(name: string): Promise<string> {
  const runDir = path.join(folder, name);
  await mkdir(path.join(runDir, 'one_0'), { recursive: true });
  await writeFile(runPaths(runDir).plan, JSON.stringify(plan));
  return runDir;
}

/** Does all that a run does, at once. */
async function runAll(runDir: string, notes: number): Promise<void> {
  await appendFile(runPaths(runDir).events, line(0, { type: 'run.started', plan }));
  const told = Array.from({ length: notes }, (_, n) =>
    line(n, { trial: 'one_0', type: 'trial.note', text: String(n) }),
  );
  await appendFile(runPaths(runDir).trial('one_0').events, told.join(''));
  await appendFile(runPaths(runDir).events, line(1, { type: 'run.ended', end: 'finished' }));
}

async function readAll(
  runDir: string,
  options: {
    readonly after?: string;
    readonly goesOn?: () => boolean;
    readonly signal?: AbortSignal;
  } = {},
): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const events of feeds.read(runDir, {
    signal: new AbortController().signal,
    ...options,
  }))
    ids.push(...events.map(({ id }) => id));
  return ids;
}

it('tells everything of a run that begins and ends while somebody looks', async () => {
  // Whatever the moment: a reader that leaves too early is told less.
  const lengths = Array.from({ length: 60 }, async (_, n) => {
    const runDir = await planned(`run${String(n)}`);
    let isOpen = true;
    const goesOn = (): boolean => isOpen;
    const early = readAll(runDir, { goesOn });
    await delay(n * 5);
    const others = [readAll(runDir, { goesOn }), readAll(runDir, { goesOn })];
    await runAll(runDir, 20);
    isOpen = false;
    return await Promise.all(
      [early, ...others, readAll(runDir)].map(async (ids) => (await ids).length),
    );
  });
  for (const [n, told] of (await Promise.all(lengths)).entries())
    expect(told, `run ${String(n)}`).toEqual([22, 22, 22, 22]);
});

it('ends where nobody works on the run, though nothing says that it ended', async () => {
  const runDir = await planned('dead');
  expect(await readAll(runDir)).toEqual([]);
  await appendFile(runPaths(runDir).events, line(0, { type: 'run.started', plan }));
  expect(await readAll(runDir)).toHaveLength(1);
});

it('waits while somebody works on the run, and tells what that one wrote last', async () => {
  const runDir = await planned('held');
  const release = await lockRun(runDir, testHost(folder));
  const reading = readAll(runDir);
  const first = await Promise.race([reading, delay(300, 'waits')]);
  expect(first).toBe('waits');
  await runAll(runDir, 5);
  await release();
  expect(await reading).toHaveLength(7);
});

it('knows its order when the only reader comes back', async () => {
  const runDir = await planned('back');
  const release = await lockRun(runDir, testHost(folder));
  await appendFile(runPaths(runDir).events, line(0, { type: 'run.started', plan }));
  const left = new AbortController();
  const ids: string[] = [];
  for await (const events of feeds.read(runDir, { signal: left.signal })) {
    ids.push(...events.map(({ id }) => id));
    break;
  }
  await appendFile(runPaths(runDir).events, line(1, { type: 'run.ended', end: 'finished' }));
  await release();
  expect(await readAll(runDir, { after: ids[0] ?? '' })).toHaveLength(1);
  // It is not remembered for ever: then the reader begins anew.
  for (let n = 0; n < 40; n += 1) await readAll(await planned(`other${String(n)}`));
  expect(await readAll(runDir, { after: ids[0] ?? '' })).toHaveLength(2);
});

it('ends with the reason of whoever stops reading', async () => {
  const runDir = await planned('stopped');
  const stop = new AbortController();
  const reading = readAll(runDir, { goesOn: () => true, signal: stop.signal });
  const reason = new Error('enough');
  setTimeout(() => {
    stop.abort(reason);
  }, 50);
  await expect(reading).rejects.toBe(reason);
});

it('tells why a run cannot be read', async () => {
  await expect(readAll(path.join(folder, 'nothing'))).rejects.toMatchObject({ code: 'not-found' });
  const runDir = await planned('removed');
  await appendFile(runPaths(runDir).events, line(0, { type: 'run.started', plan }));
  const reading = readAll(runDir, { goesOn: () => true });
  const settled = Promise.allSettled([reading]);
  await delay(50);
  await rm(runDir, { recursive: true });
  expect((await settled)[0].status).toBe('rejected');
  // What is made there anew is read anew.
  await runAll(await planned('removed'), 1);
  expect(await readAll(runDir)).toHaveLength(3);
});
