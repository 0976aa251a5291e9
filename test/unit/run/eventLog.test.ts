import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunState } from '../../../src/runner/model';
import { emptyRunState, reduceRun, runEventSchema, RunnerError } from '../../../src/runner/model';
import { EventLog } from '../../../src/runner/run/eventLog';
import { runPaths } from '../../../src/runner/store/runFolder';
import { planTime, runPlanOf } from '../../support/plans';
import { temporaryFolder } from '../../support/temp';

type FileHandle = Awaited<ReturnType<typeof open>>;

const trial = 'one_0';
const full = Object.assign(new Error('no room'), { code: 'ENOSPC' });

/** `Promise.withResolvers` would be one line; Node 20 does not have it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('the event log', () => {
  let folder: { path: string } & AsyncDisposable;
  let handles: FileHandle;
  let runDir: string;
  let runs = 0;
  let events: EventLog;
  let failures: unknown[];
  let refuse: (() => Promise<void>) | null;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const handle = await open(path.join(folder.path, 'any'), 'w');
    handles = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  beforeEach(async () => {
    runDir = path.join(folder.path, String((runs += 1)));
    await mkdir(runDir);
    failures = [];
    refuse = null;
    events = logOf(begun());
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await events.close();
  });

  function begun(): RunState {
    const plan = runPlanOf([trial, 'two_0']);
    return reduceRun(emptyRunState(), { v: 1, seq: 0, time: planTime, type: 'run.started', plan });
  }

  function logOf(state: RunState): EventLog {
    return new EventLog({
      runDir,
      state,
      observer: undefined,
      assertHeld: () => refuse?.() ?? Promise.resolve(),
      onFailure: (error) => failures.push(error),
      log: (message) => {
        throw new Error(message);
      },
    });
  }

  const say = (text: string): Promise<void> =>
    events.emitTrial(trial, { type: 'trial.note', text });

  /** What is in the trial's file: the number of each event with its text. */
  async function written(): Promise<readonly (readonly [number, string])[]> {
    const text = await readFile(runPaths(runDir).trial(trial).events, 'utf8');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const event = runEventSchema.parse(JSON.parse(line));
        return [event.seq, event.type === 'trial.note' ? event.text : event.type];
      });
  }

  /** The disk takes `bytes` of the next write and no more. */
  function fillDisk(bytes: number): void {
    vi.spyOn(handles, 'write')
      .mockImplementationOnce(async function (this: FileHandle, data) {
        const part = data.slice(0, bytes);
        const { bytesWritten } = await this.writev([Buffer.from(part)]);
        return { bytesWritten, buffer: part };
      })
      .mockRejectedValueOnce(full);
  }

  test('an event that could not be written leaves its number to the next', async () => {
    await say('a');
    fillDisk(7);
    await expect(say('b')).rejects.toThrow(RunnerError);
    await say('c');
    expect(await written()).toEqual([
      [0, 'a'],
      [1, 'c'],
    ]);
    expect(failures).toHaveLength(1);
    expect(events.state.trials.get(trial)?.notes).toEqual(['a', 'c']);
    expect(events.state.trials.get(trial)?.lastSeq).toBe(1);
  });

  test('so does one that was refused', async () => {
    await say('a');
    refuse = () => Promise.reject(new Error('not held'));
    await expect(say('b')).rejects.toThrow('not held');
    refuse = null;
    await say('c');
    expect(await written()).toEqual([
      [0, 'a'],
      [1, 'c'],
    ]);
  });

  test('and those that were told while it was written follow without a gap', async () => {
    let asked = 0;
    refuse = () => ((asked += 1) === 3 ? Promise.reject(new Error('not held')) : Promise.resolve());
    const told = ['a', 'b', 'c', 'd', 'e'].map((text) => say(text));
    const ends = await Promise.allSettled(told);
    expect(ends.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      true,
      false,
      true,
      true,
    ]);
    expect(await written()).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'd'],
      [3, 'e'],
    ]);
    expect(events.state.trials.get(trial)?.notes).toEqual(['a', 'b', 'd', 'e']);
  });

  test('files do not wait for each other', async () => {
    const [held, asked] = [gate(), gate()];
    refuse = () => {
      asked.open();
      return held.opened;
    };
    const waiting = say('a');
    await asked.opened;
    refuse = null;
    await events.emitTrial('two_0', { type: 'trial.started' });
    await events.emitRun({ type: 'run.note', level: 'info', text: 'x' });
    expect(events.state.lastSeq).toBe(1);
    expect(events.state.trials.get(trial)?.lastSeq).toBe(-1);
    held.open();
    await waiting;
    expect(await written()).toEqual([[0, 'a']]);
  });

  test('nothing follows half a line that cannot be taken back, not even when the trial was closed', async () => {
    await say('a');
    fillDisk(7);
    vi.spyOn(handles, 'truncate').mockRejectedValue(full);
    await expect(say('b')).rejects.toThrow(RunnerError);
    vi.restoreAllMocks();
    await expect(say('c')).rejects.toThrow(RunnerError);
    await events.closeTrial(trial);
    await expect(say('d')).rejects.toThrow(RunnerError);
    const text = await readFile(runPaths(runDir).trial(trial).events, 'utf8');
    expect(text.slice(text.indexOf('\n') + 1)).toBe('{"v":1,');
    expect(events.state.trials.get(trial)?.notes).toEqual(['a']);
  });

  test('a line that may not be on the disk is taken back, or else it is the last one', async () => {
    const end = (): Promise<void> => events.emitRun({ type: 'run.ended', end: 'finished' });
    const numbers = async (): Promise<readonly number[]> =>
      (await readFile(runPaths(runDir).events, 'utf8'))
        .split('\n')
        .filter(Boolean)
        .map((line) => runEventSchema.parse(JSON.parse(line)).seq);
    const datasync = vi.spyOn(handles, 'datasync').mockRejectedValueOnce(full);
    await expect(end()).rejects.toThrow(RunnerError);
    expect(await numbers()).toEqual([]);
    await end();
    expect(await numbers()).toEqual([1]);
    datasync.mockRejectedValueOnce(full);
    vi.spyOn(handles, 'truncate').mockRejectedValueOnce(full);
    await expect(end()).rejects.toThrow(RunnerError);
    await expect(end()).rejects.toThrow(RunnerError);
    expect(await numbers()).toEqual([1, 2]);
  });

  test('closing waits for what was told before, and a trial may go on afterwards', async () => {
    const told = [say('a'), say('b')];
    await events.closeTrial(trial);
    expect(await written()).toHaveLength(2);
    await Promise.all(told);
    const late = say('c');
    await events.close();
    expect(await written()).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ]);
    await late;
  });

  test('numbers go on from what a worker wrote', async () => {
    await say('a');
    events.adopt({ v: 1, seq: 1, time: planTime, trial, type: 'trial.note', text: 'worker' });
    events.adopt({ v: 1, seq: 2, time: planTime, trial, type: 'trial.note', text: 'worker' });
    await say('b');
    expect(await written()).toEqual([
      [0, 'a'],
      [3, 'b'],
    ]);
  });
});
