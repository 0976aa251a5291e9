import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RunEvent, TrialEventBody } from '../../../src/runner/model';
import { runPaths } from '../../../src/runner/store/runFolder';
import { readRunState, RunReader } from '../../../src/runner/store/runReader';
import { planTime, runPlanOf } from '../../support/plans';
import { temporaryFolder } from '../../support/temp';

const time = planTime;
const plan = runPlanOf(['one_0', 'two_0']);

let runDir: string;
let paths: ReturnType<typeof runPaths>;

const line = (event: RunEvent): string => `${JSON.stringify(event)}\n`;
const trialLine = (trial: string, seq: number, body: TrialEventBody): string =>
  line({ v: 1, seq, time, trial, ...body });
const note = (text: string): TrialEventBody => ({ type: 'trial.note', text });

async function addTo(trial: string, text: string): Promise<void> {
  await mkdir(paths.trial(trial).folder, { recursive: true });
  await appendFile(paths.trial(trial).events, text);
}

beforeEach(async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  runDir = folder.path;
  paths = runPaths(runDir);
  await writeFile(paths.plan, JSON.stringify(plan));
  await writeFile(paths.events, line({ v: 1, seq: 0, time, type: 'run.started', plan }));
});

describe('RunReader', () => {
  it('reads what was added and leaves the other trials as they were', async () => {
    await addTo('one_0', trialLine('one_0', 0, { type: 'trial.started' }));
    await addTo('two_0', trialLine('two_0', 0, { type: 'trial.started' }));
    const reader = new RunReader(runDir);
    const first = await reader.refresh();
    await addTo('one_0', trialLine('one_0', 1, note('more')));
    const second = await reader.refresh();
    expect(second.trials.get('one_0')?.notes).toEqual(['more']);
    expect(second.trials.get('two_0')).toBe(first.trials.get('two_0'));
    expect(first.trials.get('one_0')?.notes).toEqual([]);
  });

  it('comes to the same state as reading everything at once', async () => {
    const reader = new RunReader(runDir);
    await reader.refresh();
    await addTo('one_0', trialLine('one_0', 0, { type: 'trial.started' }));
    await reader.refresh();
    await addTo('one_0', trialLine('one_0', 1, note('ü')));
    await appendFile(paths.events, line({ v: 1, seq: 1, time, type: 'run.resumed', pid: 1 }));
    expect(await reader.refresh()).toEqual(await readRunState(runDir));
  });

  it('waits for the rest of a line that is being written', async () => {
    const text = Buffer.from(trialLine('one_0', 0, { type: 'trial.started' }));
    const more = Buffer.from(trialLine('one_0', 1, note('größer')));
    // Cut inside a character of two bytes.
    const cut = more.indexOf(Buffer.from('ö')) + 1;
    const reader = new RunReader(runDir);
    await addTo('one_0', text.toString());
    await appendFile(paths.trial('one_0').events, more.subarray(0, cut));
    expect((await reader.refresh()).trials.get('one_0')?.notes).toEqual([]);
    await appendFile(paths.trial('one_0').events, more.subarray(cut));
    expect((await reader.refresh()).trials.get('one_0')?.notes).toEqual(['größer']);
  });

  it('folds a line that lacks only its end, once', async () => {
    await addTo('one_0', trialLine('one_0', 0, { type: 'trial.started' }));
    await addTo('one_0', trialLine('one_0', 1, note('last')).trimEnd());
    const reader = new RunReader(runDir);
    expect((await reader.refresh()).trials.get('one_0')?.lastSeq).toBe(1);
    await addTo('one_0', `\n${trialLine('one_0', 2, note('next'))}`);
    expect((await reader.refresh()).trials.get('one_0')?.notes).toEqual(['last', 'next']);
  });

  it('knows a run that was killed before its first event', async () => {
    await writeFile(paths.events, '');
    const state = await readRunState(runDir);
    expect(state.phase).toBe('running');
    expect([...state.trials.keys()]).toEqual(['one_0', 'two_0']);
  });

  it('tells that a folder holds no run', async () => {
    const empty = await temporaryFolder();
    onTestFinished(() => empty[Symbol.asyncDispose]());
    await expect(readRunState(empty.path)).rejects.toMatchObject({ code: 'not-found' });
  });
});
