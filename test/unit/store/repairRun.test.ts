import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RunEvent, TrialEventBody, TrialResult } from '../../../src/runner/model';
import { trialResultSchema } from '../../../src/runner/model';
import { lockFolder } from '../../../src/runner/store/ownerLock';
import { repairRun, writeResults } from '../../../src/runner/store/repairRun';
import { readResults, runPaths } from '../../../src/runner/store/runFolder';
import { readRunState } from '../../../src/runner/store/runReader';
import { readJsonLines } from '../../support/files';
import { planTime, runPlanOf } from '../../support/plans';
import { passedResult } from '../../support/results';
import { temporaryFolder, testHost } from '../../support/temp';

const time = planTime;
const ids = ['one_0', 'two_0', 'three_0'] as const;
const plan = runPlanOf(ids);
const zeros = '\0'.repeat(5000);

let runDir: string;
let paths: ReturnType<typeof runPaths>;
const host = testHost('/');

const line = (event: RunEvent): string => `${JSON.stringify(event)}\n`;
const of = (trial: string, seq: number, body: TrialEventBody): string =>
  line({ v: 1, seq, time, trial, ...body });
const resultOf = (trial: string, more: Partial<TrialResult> = {}): TrialResult =>
  passedResult({ task_id: trial.slice(0, -2), ...more });
const startedLine = line({ v: 1, seq: 0, time, type: 'run.started', plan });

/** A trial as a process that ran it to its end leaves it. */
async function end(trial: string, result = resultOf(trial)): Promise<void> {
  const place = paths.trial(trial);
  await begin(trial);
  await writeFile(place.result, `${JSON.stringify(result, null, 2)}\n`);
  await appendFile(place.events, of(trial, 1, { type: 'trial.ended', result }));
  await appendFile(paths.results, `${JSON.stringify(result)}\n`);
}

async function begin(trial: string): Promise<void> {
  await mkdir(paths.trial(trial).folder, { recursive: true });
  await appendFile(paths.trial(trial).events, of(trial, 0, { type: 'trial.started' }));
}

/** Repairs, and looks whether the files agree and a second repair finds nothing. */
async function repaired(): Promise<{
  readonly notes: readonly string[];
  readonly ended: readonly string[];
}> {
  const notes = await repairRun(runDir, plan, host);
  const state = await readRunState(runDir);
  await writeResults(runDir, state, new Set());
  const ended = [...state.trials.values()].filter(({ result }) => result !== null);
  expect(await readResults(runDir)).toEqual(ended.map(({ result }) => result));
  for (const { plan: trial, result } of ended) {
    const text = await readFile(paths.trial(trial.trial_id).result, 'utf8');
    expect(trialResultSchema.parse(JSON.parse(text))).toEqual(result);
  }
  expect(await repairRun(runDir, plan, host)).toEqual([]);
  return { notes, ended: ended.map(({ plan: trial }) => trial.trial_id) };
}

beforeEach(async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  runDir = folder.path;
  paths = runPaths(runDir);
  await writeFile(paths.plan, JSON.stringify(plan));
  await writeFile(paths.events, startedLine);
});

describe('repairRun', () => {
  it('finds nothing to do in a whole folder, and changes none of its bytes', async () => {
    await end('one_0');
    await end('two_0');
    await begin('three_0');
    const before = await Promise.all(
      [paths.events, paths.trial('one_0').result, paths.trial('three_0').events].map((file) =>
        readFile(file, 'utf8'),
      ),
    );
    expect(await repaired()).toEqual({ notes: [], ended: ['one_0', 'two_0'] });
    const after = await Promise.all(
      [paths.events, paths.trial('one_0').result, paths.trial('three_0').events].map((file) =>
        readFile(file, 'utf8'),
      ),
    );
    expect(after).toEqual(before);
  });

  it('leaves a run that was planned and never begun as it is', async () => {
    await rm(paths.events);
    expect(await repairRun(runDir, plan, host)).toEqual([]);
    expect(await readdir(runDir)).toEqual(['run.json']);
  });

  it('cuts off half a line and zeros, and keeps a line that lacks only its end', async () => {
    await end('one_0');
    await begin('two_0');
    await begin('three_0');
    await appendFile(paths.trial('two_0').events, zeros);
    await appendFile(paths.results, '{"task_id":"tw');
    await appendFile(
      paths.trial('three_0').events,
      of('three_0', 1, { type: 'trial.note', text: 'ü' }).trimEnd(),
    );
    const { notes } = await repaired();
    expect(notes).toEqual([expect.stringMatching(/^5014 bytes .* cut off$/)]);
    expect(await readJsonLines(paths.trial('two_0').events)).toHaveLength(1);
    expect((await readRunState(runDir)).trials.get('three_0')?.notes).toEqual(['ü']);
  });

  it('gives a result that was written the event that was not', async () => {
    await begin('one_0');
    await writeFile(paths.trial('one_0').result, JSON.stringify(resultOf('one_0')));
    const { notes, ended } = await repaired();
    expect(ended).toEqual(['one_0']);
    expect(notes.join('\n')).toContain('one_0 had a result without its event');
    const events = (await readJsonLines(paths.trial('one_0').events)) as { seq: number }[];
    expect(events.map(({ seq }) => seq)).toEqual([0, 1]);
  });

  it('takes no torn, foreign or zero-filled result.json for a result', async () => {
    for (const [id, text] of [
      ['one_0', JSON.stringify(resultOf('one_0')).slice(0, 50)],
      ['two_0', zeros],
      ['three_0', JSON.stringify(resultOf('two_0'))],
    ] as const) {
      await begin(id);
      await writeFile(paths.trial(id).result, text);
    }
    expect((await repaired()).ended).toEqual([]);
  });

  it('keeps the result of a trial whose folder is gone', async () => {
    await end('one_0');
    await end('two_0');
    await rm(paths.trial('one_0').folder, { recursive: true });
    const { notes, ended } = await repaired();
    expect(ended).toEqual(['one_0', 'two_0']);
    expect(notes).toEqual([expect.stringContaining('one_0 had lost their folders')]);
  });

  it('does not take an earlier result for that of a trial that began again', async () => {
    await end('one_0', resultOf('one_0', { status: 'infra_failure' }));
    await rm(paths.trial('one_0').result);
    await appendFile(paths.trial('one_0').events, of('one_0', 2, { type: 'trial.started' }));
    expect((await repaired()).ended).toEqual([]);
    // The line that is out of date went with it.
    expect(await readFile(paths.results, 'utf8')).toBe('');
  });

  it('writes a result.json again that is gone or broken', async () => {
    for (const id of ids) await end(id);
    await rm(paths.trial('one_0').result);
    await writeFile(paths.trial('two_0').result, zeros);
    await writeFile(
      paths.trial('three_0').result,
      JSON.stringify(resultOf('three_0', { duration_s: 7 })),
    );
    const { notes, ended } = await repaired();
    expect(ended).toEqual([...ids]);
    expect(notes).toEqual(['one_0, three_0, two_0 had lost their result.json']);
  });

  it('makes results.jsonl whole that lacks or doubles lines', async () => {
    for (const id of ids) await end(id);
    await writeFile(paths.results, `${JSON.stringify(resultOf('two_0'))}\n`.repeat(2));
    expect((await repaired()).notes).toEqual([
      'results.jsonl lacked 2 lines',
      'results.jsonl had 1 line of a trial twice',
    ]);
    await rm(paths.results);
    expect((await repaired()).notes).toEqual(['results.jsonl lacked 3 lines']);
  });

  it.each([
    ['is gone', null],
    ['is empty', ''],
    ['is all zeros', zeros],
    [
      'lost its first line',
      `${zeros}\n${line({ v: 1, seq: 1, time, type: 'run.resumed', pid: 1 })}`,
    ],
  ])('brings the trials of a run back whose events.jsonl %s', async (_, text) => {
    await end('one_0');
    await begin('two_0');
    if (text === null) await rm(paths.events);
    else await writeFile(paths.events, text);
    // Also while nobody repaired it.
    expect((await readRunState(runDir)).trials.get('one_0')?.phase).toBe('ended');
    const { notes, ended } = await repaired();
    expect(ended).toEqual(['one_0']);
    expect(notes).toContain('events.jsonl had lost its beginning');
    expect(await readJsonLines(paths.events)).toMatchObject([
      { seq: 0, type: 'run.started' },
      ...(text?.includes('resumed') === true ? [{ seq: 1, type: 'run.resumed' }] : []),
    ]);
  });

  it('removes what a write that was cut off left beside its file', async () => {
    await end('one_0');
    await writeFile(path.join(runDir, 'report.json.3915742'), '{"half');
    await writeFile(path.join(runDir, 'results.jsonl.12'), '');
    await repaired();
    expect((await readdir(runDir)).sort()).toEqual([
      'events.jsonl',
      'one_0',
      'results.jsonl',
      'run.json',
    ]);
  });

  it('leaves a trial alone that a living worker holds', async () => {
    await begin('one_0');
    await writeFile(paths.trial('one_0').result, JSON.stringify(resultOf('one_0')));
    const release = await lockFolder(paths.trial('one_0').folder, host, { refusal: (who) => who });
    expect(await repairRun(runDir, plan, host)).toEqual([]);
    expect((await readRunState(runDir)).trials.get('one_0')?.result).toBeNull();
    await release();
  });
});

it('results.jsonl lists no trial that is about to run again', async () => {
  await end('one_0');
  await end('two_0');
  await writeResults(runDir, await readRunState(runDir), new Set(['one_0']));
  expect((await readResults(runDir)).map(({ task_id: id }) => id)).toEqual(['two']);
});
