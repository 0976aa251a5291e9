import {
  appendFile,
  mkdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RunEvent, TrialEventBody } from '../../../src/runner/model';
import { keepState, readKeptState } from '../../../src/runner/store/keptState';
import { runPaths } from '../../../src/runner/store/runFolder';
import { readRunState, RunReader } from '../../../src/runner/store/runReader';
import { planTime, runPlanOf } from '../../support/plans';
import { passedResult } from '../../support/results';
import { temporaryFolder } from '../../support/temp';

const time = planTime;
const count = 120;
const plan = runPlanOf(Array.from({ length: count }, (_, n) => `t${String(n)}_0`));
const line = (event: RunEvent): string => `${JSON.stringify(event)}\n`;
const of = (trial: string, seq: number, body: TrialEventBody): string =>
  line({ v: 1, seq, time, trial, ...body });

let runDir: string;
let paths: ReturnType<typeof runPaths>;

/** A run that was cancelled: two trials never began. */
beforeEach(async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  runDir = folder.path;
  paths = runPaths(runDir);
  await writeFile(paths.plan, JSON.stringify(plan));
  for (const { trial_id: id, task_id } of plan.trials.slice(0, -2)) {
    await mkdir(paths.trial(id).folder);
    const result = passedResult({ task_id });
    await writeFile(
      paths.trial(id).events,
      of(id, 0, { type: 'trial.started' }) + of(id, 1, { type: 'trial.ended', result }),
    );
  }
  await writeFile(
    paths.events,
    line({ v: 1, seq: 0, time, type: 'run.started', plan }) +
      line({ v: 1, seq: 1, time, type: 'run.ended', end: 'cancelled', cause: 'user' }),
  );
  await keepState(runDir, await readRunState(runDir));
});

describe('a state that was kept', () => {
  it('is the state that the events fold to', async () => {
    const kept = await readKeptState(runDir);
    expect(kept?.state).toEqual(await readRunState(runDir));
    // It is what is read, and not the events: those of a trial can be spoilt unseen.
    await writeFile(paths.trial('t0_0').events, 'spoilt');
    const state = await readRunState(runDir, { keptFirst: true });
    expect(state.trials.get('t0_0')?.result?.status).toBe('passed');
    expect((await readRunState(runDir)).trials.get('t0_0')?.result).toBeNull();
  });

  it('is gone on from when the run goes on', async () => {
    const reader = new RunReader(runDir, { keptFirst: true });
    await reader.refresh();
    await appendFile(paths.events, line({ v: 1, seq: 2, time, type: 'run.resumed', pid: 1 }));
    const id = `t${String(count - 1)}_0`;
    await mkdir(paths.trial(id).folder);
    await appendFile(paths.trial(id).events, of(id, 0, { type: 'trial.started' }));
    expect(await reader.refresh()).toEqual(await readRunState(runDir));
    expect(await readRunState(runDir, { keptFirst: true })).toEqual(await readRunState(runDir));
  });

  it('may be of a run that goes on: what ended is not read again, all else is', async () => {
    // Of a run that was killed, and of two moments: the state was kept between them.
    const own = await readFile(paths.events, 'utf8');
    await writeFile(paths.events, own.split('\n').slice(0, 1).join('\n') + '\n');
    const [running = '', next = ''] = plan.trials.slice(-2).map(({ trial_id: id }) => id);
    await mkdir(paths.trial(running).folder);
    await appendFile(paths.trial(running).events, of(running, 0, { type: 'trial.started' }));
    const reader = new RunReader(runDir);
    const before = await reader.refresh();
    expect(before.phase).toBe('running');
    await appendFile(
      paths.trial(running).events,
      of(running, 1, { type: 'trial.note', text: 'a' }),
    );
    await keepState(runDir, before);
    await appendFile(
      paths.events,
      line({ v: 1, seq: 1, time, type: 'run.note', level: 'info', text: 'b' }),
    );
    const result = passedResult({ task_id: 'last' });
    await appendFile(paths.trial(running).events, of(running, 2, { type: 'trial.ended', result }));
    await mkdir(paths.trial(next).folder);
    await appendFile(paths.trial(next).events, of(next, 0, { type: 'trial.started' }));
    const whole = await readRunState(runDir);
    expect(whole.trials.get(running)?.result).not.toBeNull();
    expect(await readRunState(runDir, { keptFirst: true })).toEqual(whole);
    await writeFile(paths.trial('t0_0').events, 'spoilt');
    expect(await readRunState(runDir, { keptFirst: true })).toEqual(whole);
  });

  it.each([
    [
      'its events lost some',
      async () => truncate(paths.events, (await stat(paths.events)).size - 1),
    ],
    ['its events are older', () => utimes(paths.events, 1, 1)],
    ['a trial lost its folder', () => rm(paths.trial('t5_0').folder, { recursive: true })],
    [
      'it is torn',
      async () => writeFile(paths.state, (await readFile(paths.state)).subarray(0, 9000)),
    ],
    ['it is all zeros', () => writeFile(paths.state, Buffer.alloc(5000))],
    [
      'another version wrote it',
      async () =>
        writeFile(
          paths.state,
          (await readFile(paths.state, 'utf8')).replace(/"version":\d+/, '"version":0'),
        ),
    ],
  ])('does not count when %s', async (_, change) => {
    await change();
    expect(await readKeptState(runDir)).toBeNull();
    expect(await readRunState(runDir, { keptFirst: true })).toEqual(await readRunState(runDir));
  });
});

it('what the fold makes of events is as it was when the version of kept states was set', async () => {
  const { trials, ...run } = await readRunState(runDir);
  const [trial] = trials.values();
  // When this changes, raise `version` in keptState.ts: states that were kept before lack what is new.
  expect([Object.keys(run), Object.keys(trial ?? {})]).toMatchInlineSnapshot(`
    [
      [
        "plan",
        "phase",
        "notes",
        "startedAt",
        "endedAt",
        "endCause",
        "session",
        "budget",
        "spent",
        "submissions",
        "lastSeq",
      ],
      [
        "plan",
        "phase",
        "startedAt",
        "endedAt",
        "queuedAt",
        "node",
        "workerLog",
        "stage",
        "stages",
        "notes",
        "agentStats",
        "nodes",
        "usage",
        "keptSandbox",
        "result",
        "skipped",
        "lastSeq",
      ],
    ]
  `);
});
