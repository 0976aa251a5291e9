import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TaskSources } from '../../src/runner/datasets/taskSources';
import type { RunEvent, RunPlan, TrialEvent, TrialPlan, TrialResult } from '../../src/runner/index';
import {
  emptyRunState,
  ProgressCounter,
  progressOf,
  reduceRun,
  runConfigSchema,
  runEventSchema,
} from '../../src/runner/model';
import { parseJsonLines } from '../../src/runner/store/files';
import { runPaths } from '../../src/runner/store/runFolder';
import { keepState } from '../../src/runner/store/keptState';
import { readRunState } from '../../src/runner/store/runReader';
import type { Bench, BenchContext, Row } from './measure';
import { interleave, plainRow, Stopwatch, timed } from './measure';
import { benchHost } from './samples';
import { toolStep } from '../support/steps';
import { passedResult } from '../support/results';

const taskCount = 100_000;
const eventTrials = 50_000;
const folderTrials = 10_000;
const time = '2026-01-01T00:00:00.000Z';

function seedRow(index: number): string {
  return JSON.stringify({
    task_id: `project_${String(index % 300)}__issue-${String(index)}`,
    repo: `https://example.org/owner/project_${String(index % 300)}`,
    ref: index.toString(16).padStart(40, '0'),
    pytest_k: `test_${String(index)} or test_more`,
    install: 'python3 -m pip install -e .',
    problem_statement: `The function number ${String(index)} returns too little. `.repeat(6),
    FAIL_TO_PASS: [`tests/test_a.py::test_${String(index)}`],
    PASS_TO_PASS: Array.from(
      { length: 10 },
      (_, test) => `tests/test_a.py::test_old_${String(test)}`,
    ),
  });
}

async function loading(context: BenchContext): Promise<readonly Row[]> {
  const { rounds, folder, signal } = context;
  const sources = new TaskSources(benchHost(context));
  const watch = new Stopwatch();
  const file = path.join(folder, 'many.jsonl');
  await writeFile(file, Array.from({ length: taskCount }, (_, n) => `${seedRow(n)}\n`).join(''));
  const { ours, parse } = await interleave(rounds, {
    ours: () =>
      watch.time(async () => {
        const { tasks } = await sources.load([file], { signal });
        if (tasks.length !== taskCount) throw new Error(`${String(tasks.length)} tasks`);
      }),
    parse: () =>
      timed(() => {
        const lines = readFileSync(file, 'utf8').split('\n');
        return Promise.resolve(
          lines.map((line) => (line === '' ? null : (JSON.parse(line) as unknown))),
        );
      }),
  });
  const target = { of: 'value', limit: 2000, direction: 'at most' } as const;
  const row = {
    ...plainRow(`load ${taskCount.toLocaleString('en')} tasks`, ours),
    other: { what: 'JSON.parse alone', samples: parse },
    target,
  };
  return [row, watch.cpuRow({ target })];
}

function planOf(count: number): RunPlan {
  const trials = Array.from({ length: count }, (_, index): TrialPlan => ({
    trial_id: `task-${String(index)}_0`,
    index,
    attempt: 0,
    task_id: `task-${String(index)}`,
    benchmark: 'swe',
    group: 'project',
    repo: 'https://example.org/owner/project',
    ref: 'main',
    source: { file: 'tasks.jsonl', line: index + 1 },
  }));
  return {
    schema_version: 1,
    run_id: 'many',
    created_at: time,
    agent: 'gold',
    model: null,
    sandbox: 'docker',
    concurrency: 2,
    config: runConfigSchema.parse({}),
    trials,
  };
}

const stageNames = ['clone', 'install', 'before', 'agent', 'apply', 'after'];

/** What one trial leaves: its start, six stages of two events each, some steps, its end. */
function trialEvents(plan: TrialPlan, steps: number): readonly TrialEvent[] {
  const bodies: Omit<TrialEvent, 'v' | 'seq' | 'time' | 'trial'>[] = [{ type: 'trial.started' }];
  const add = (body: object): number => bodies.push(body as (typeof bodies)[number]); // checked by the fold below
  for (const stage of stageNames) {
    add({ type: 'stage.started', stage, limit_s: 60 });
    if (stage === 'agent')
      for (let step = 1; step <= steps; step += 1) add({ type: 'agent.step', ...toolStep, step });
    add({
      type: 'stage.ended',
      result: { stage, cause: 'done', exit_code: 0, duration_s: 1 },
    });
  }
  add({ type: 'trial.ended', result: resultOf(plan) });
  return bodies.map(
    (body, seq) => ({ v: 1, seq, time, trial: plan.trial_id, ...body }) as TrialEvent, // put together again
  );
}

function resultOf({ task_id, attempt }: TrialPlan): TrialResult {
  return passedResult({
    task_id,
    attempt,
    repo: 'https://example.org/owner/project',
    ref: 'main',
    duration_s: 3.2,
    tail: '2 passed in 0.01s',
    stages: stageNames.map((stage) => ({ stage, cause: 'done', exit_code: 0, duration_s: 1 })),
  });
}

async function folding({ rounds }: BenchContext): Promise<readonly Row[]> {
  const watch = new Stopwatch();
  const plan = planOf(eventTrials);
  const events: RunEvent[] = [{ v: 1, seq: 0, time, type: 'run.started', plan }];
  for (const trial of plan.trials) events.push(...trialEvents(trial, 6));
  const { ours } = await interleave(rounds, {
    ours: () =>
      watch.time(() => {
        let state = emptyRunState();
        for (const event of events) state = reduceRun(state, event);
        const ended = [...state.trials.values()].filter(({ phase }) => phase === 'ended').length;
        if (ended !== eventTrials) throw new Error(`${String(ended)} trials ended`);
        return Promise.resolve();
      }),
  });
  const told = events.length.toLocaleString('en');
  const target = { of: 'value', limit: 2000, direction: 'at most' } as const;
  return [
    plainRow(`fold ${told} events`, ours, { target }),
    watch.cpuRow({ target }),
    ...(await foldingText({ rounds, events: events.map((event) => JSON.stringify(event)) })),
  ];
}

/** From their lines, as they come from files: parsed, checked and folded, beside JSON.parse of the same lines. */
async function foldingText({
  rounds,
  events: lines,
}: {
  readonly rounds: number;
  readonly events: readonly string[];
}): Promise<readonly Row[]> {
  const watch = new Stopwatch();
  const held: number[] = [];
  const heap = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / 1e6;
  };
  const { ours, parse } = await interleave(rounds, {
    ours: async () => {
      const before = heap();
      let state = emptyRunState();
      const ms = await watch.time(() => {
        for (const line of lines)
          for (const event of parseJsonLines(line, runEventSchema)) state = reduceRun(state, event);
        return Promise.resolve();
      });
      held.push(heap() - before);
      if (state.trials.size !== eventTrials) throw new Error(`${String(state.trials.size)} trials`);
      return ms;
    },
    parse: () =>
      timed(() => {
        let bytes = 0;
        for (const line of lines) bytes += Object.keys(JSON.parse(line) as object).length;
        return Promise.resolve(bytes);
      }),
  });
  return [
    {
      ...plainRow(`parse, check and fold the same as lines`, ours),
      other: { what: 'JSON.parse alone', samples: parse },
    },
    watch.cpuRow(),
    plainRow('  memory that the state takes', held.slice(1), {
      unit: 'MB',
      target: { of: 'value', limit: 500, direction: 'at most' },
    }),
  ];
}

/** Trials that ended after the state was kept for the last time: on average half of a thousand, at worst all of them. */
const endedSince = 999;

/** A run folder with all its trials' events. `killed`: its process died when they had ended. */
async function writeRun(folder: string, killed: boolean): Promise<readonly string[]> {
  const paths = runPaths(folder);
  const plan = planOf(folderTrials);
  await mkdir(folder);
  await writeFile(paths.plan, JSON.stringify(plan));
  const own: RunEvent[] = [{ v: 1, seq: 0, time, type: 'run.started', plan }];
  if (!killed) own.push({ v: 1, seq: 1, time, type: 'run.ended', end: 'finished' });
  await writeFile(paths.events, own.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const files: string[] = [paths.events];
  for (const trial of plan.trials) {
    if (killed && trial.index === folderTrials - endedSince)
      await keepState(folder, await readRunState(folder));
    const { folder: place, events } = paths.trial(trial.trial_id);
    await mkdir(place);
    const lines = trialEvents(trial, 0).map((event) => `${JSON.stringify(event)}\n`);
    await writeFile(events, lines.join(''));
    files.push(events);
  }
  if (!killed) await keepState(folder, await readRunState(folder));
  return files;
}

async function opening({ rounds, folder }: BenchContext): Promise<readonly Row[]> {
  const ended = path.join(folder, 'ended_run-group_gold');
  const killed = path.join(folder, 'killed_run-group_gold');
  const files = await writeRun(ended, false);
  await writeRun(killed, true);
  const open = async (runDir: string, keptFirst: boolean): Promise<void> => {
    const { trials } = await readRunState(runDir, { keptFirst });
    const count = [...trials.values()].filter(({ phase }) => phase === 'ended').length;
    if (count !== folderTrials) throw new Error(`${String(count)} trials ended`);
  };
  const watches = { ended: new Stopwatch(), killed: new Stopwatch(), events: new Stopwatch() };
  const { ofEnded, ofKilled, events, read } = await interleave(rounds, {
    ofEnded: () => watches.ended.time(() => open(ended, true)),
    ofKilled: () => watches.killed.time(() => open(killed, true)),
    events: () => watches.events.time(() => open(ended, false)),
    read: () =>
      timed(() => {
        const lines = files.flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'));
        return Promise.resolve(lines.map((line) => JSON.parse(line) as unknown));
      }),
  });
  const target = { of: 'value', limit: 1000, direction: 'at most' } as const;
  const other = { what: 'read and JSON.parse alone', samples: read };
  const what = `open a run of ${folderTrials.toLocaleString('en')} trials`;
  return [
    { ...plainRow(`${what} that ended`, ofEnded, { target }), other },
    watches.ended.cpuRow({ target }),
    { ...plainRow(`${what} that was killed`, ofKilled, { target }), other },
    watches.killed.cpuRow({ target }),
    { ...plainRow(`${what} from its events alone`, events), other },
    watches.events.cpuRow(),
  ];
}

const countedEvents = 5000;

/** What it costs to keep up the progress of a large run, against going through its trials at each look. */
async function counting({ rounds }: BenchContext): Promise<readonly Row[]> {
  const plan = planOf(folderTrials);
  let state = reduceRun(emptyRunState(), { v: 1, seq: 0, time, type: 'run.started', plan });
  const half = plan.trials.slice(0, folderTrials / 2);
  for (const trial of half)
    for (const event of trialEvents(trial, 0)) state = reduceRun(state, event);
  const counter = new ProgressCounter().take(state);
  const next = plan.trials.slice(folderTrials / 2).values();
  const now = Date.parse(time) + 3_600_000;
  const { event, look, whole } = await interleave(rounds, {
    event: async () => {
      let ms = 0;
      for (let told = 0; told < countedEvents;) {
        const trial = next.next().value;
        if (trial === undefined) throw new Error('no trial is left');
        const events = trialEvents(trial, 0);
        for (const one of events) {
          state = reduceRun(state, one);
          ms += await timed(() => Promise.resolve(counter.take(state, [trial.trial_id])));
        }
        told += events.length;
      }
      return (1000 * ms) / countedEvents;
    },
    look: () => timed(() => Promise.resolve(counter.progress(now))),
    whole: () => timed(() => Promise.resolve(progressOf(state, now))),
  });
  const many = folderTrials.toLocaleString('en');
  return [
    plainRow(`progress of ${many} trials: one event more`, event, { unit: 'µs' }),
    {
      ...plainRow(`progress of ${many} trials: one look`, look),
      other: { what: 'counting all anew', samples: whole },
    },
  ];
}

export const volumeBench: Bench = {
  name: 'volume',
  title: 'large task files, long event streams, large runs',
  run: async (context) => [
    ...(await loading(context)),
    ...(await folding(context)),
    ...(await opening(context)),
    ...(await counting(context)),
  ],
};
