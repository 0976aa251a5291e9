import { expect, test } from 'vitest';
import { localEngine } from '../../../src/runner/engines/local';
import {
  emptyRunState,
  noAgentStats,
  reduceRun,
  resolveStageLimits,
  totalsOf,
} from '../../../src/runner/model';
import type { RunEvent } from '../../../src/runner/model';
import { never } from '../../support/temp';
import { planOf, resultOf } from '../presentation/fixtures';

const trials = Array.from({ length: 6 }, (_, n) => planOf(`t${n}`, n));

const alone = { concurrency: 2, signal: never, next: () => null };

test('trials start in the order of the plan, never more than allowed at once', async () => {
  const started: string[] = [];
  let now = 0;
  let most = 0;
  await localEngine.run(trials, {
    ...alone,
    runTrial: async ({ task_id }) => {
      started.push(task_id);
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    },
  });
  expect(started).toEqual(trials.map(({ task_id }) => task_id));
  expect(most).toBe(2);
});

test('nothing starts after the stop, and what runs is waited for', async () => {
  const stop = new AbortController();
  const ended: string[] = [];
  await localEngine.run(trials, {
    ...alone,
    signal: stop.signal,
    runTrial: async ({ task_id }) => {
      if (task_id === 't1') stop.abort();
      await new Promise((resolve) => setImmediate(resolve));
      ended.push(task_id);
    },
  });
  expect(ended).toEqual(['t0', 't1']);
});

test('what cannot be recorded ends the run', async () => {
  const seen: string[] = [];
  const run = localEngine.run(trials, {
    ...alone,
    concurrency: 1,
    runTrial: ({ task_id }) => {
      seen.push(task_id);
      return Promise.reject(new Error('disk'));
    },
  });
  await expect(run).rejects.toThrow('disk');
  expect(seen).toEqual(['t0']);
});

test('the same events lead to the same state, also when some are read twice', () => {
  const plan = planOf('a');
  const time = '2026-01-31T08:05:09.000Z';
  const of = { v: 1, time, trial: plan.trial_id } as const;
  const own: RunEvent[] = [
    { ...of, seq: 0, type: 'trial.started' },
    { ...of, seq: 1, type: 'trial.ended', result: resultOf(plan, { status: 'cancelled' }) },
    { ...of, seq: 2, type: 'trial.started' },
    { ...of, seq: 3, type: 'trial.note', text: 'once' },
    { ...of, seq: 4, type: 'trial.ended', result: resultOf(plan) },
  ];
  const fold = (events: readonly RunEvent[]): unknown => {
    const state = { ...emptyRunState(), trials: new Map([[plan.trial_id, { ...blank, plan }]]) };
    const end = events.reduce(reduceRun, state);
    return { trial: end.trials.get(plan.trial_id), totals: totalsOf(end) };
  };
  const blank = {
    phase: 'queued',
    agentStats: noAgentStats,
    usage: null,
    startedAt: null,
    endedAt: null,
    queuedAt: null,
    node: null,
    workerLog: null,
    stage: null,
    stages: [],
    notes: [],
    nodes: [],
    keptSandbox: null,
    result: null,
    skipped: null,
    lastSeq: -1,
  } as const;
  const once = fold(own);
  expect(once).toMatchObject({
    trial: { phase: 'ended', notes: ['once'], result: { status: 'passed' } },
    totals: { total: 1, resolved: 1, incomplete: 0 },
  });
  expect(fold([...own, ...own])).toEqual(once);
  expect(fold(own.flatMap((event) => [event, event]))).toEqual(once);
});

test('the total grows with a stage that was given more time, unless somebody set it', () => {
  expect(resolveStageLimits()).toMatchObject({
    clone: 5,
    install: 20,
    apply: 2,
    test: 5,
    total: 30,
  });
  expect(resolveStageLimits({ test: 60 }).total).toBe(30 + 2 * 55);
  expect(resolveStageLimits({ test: 60 }, { total: 40 })).toMatchObject({ test: 60, total: 40 });
  expect(resolveStageLimits({ install: 100 }, { install: 10 })).toMatchObject({
    install: 10,
    total: 30,
  });
});
