import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TaskSources } from '../../src/runner/datasets/taskSources';
import type { RunEvent, RunPlan, TrialEvent, TrialPlan, TrialResult } from '../../src/runner/index';
import { emptyRunState, reduceRun, runConfigSchema } from '../../src/runner/model';
import { runPaths } from '../../src/runner/store/runFolder';
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
  return [plainRow(`fold ${events.length.toLocaleString('en')} events`, ours), watch.cpuRow()];
}

async function opening({ rounds, folder }: BenchContext): Promise<readonly Row[]> {
  const watch = new Stopwatch();
  const runDir = path.join(folder, 'many_run-group_gold');
  const paths = runPaths(runDir);
  const plan = planOf(folderTrials);
  await mkdir(runDir);
  await writeFile(paths.plan, JSON.stringify(plan));
  await writeFile(
    paths.events,
    `${JSON.stringify({ v: 1, seq: 0, time, type: 'run.started', plan })}\n`,
  );
  const files: string[] = [paths.events];
  for (const trial of plan.trials) {
    const { folder: place, events } = paths.trial(trial.trial_id);
    await mkdir(place);
    const lines = trialEvents(trial, 0).map((event) => `${JSON.stringify(event)}\n`);
    await writeFile(events, lines.join(''));
    files.push(events);
  }
  const { ours, read } = await interleave(rounds, {
    ours: () =>
      watch.time(async () => {
        const { trials } = await readRunState(runDir);
        const ended = [...trials.values()].filter(({ phase }) => phase === 'ended').length;
        if (ended !== folderTrials) throw new Error(`${String(ended)} trials ended`);
      }),
    read: () =>
      timed(() => {
        const lines = files.flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'));
        return Promise.resolve(lines.map((line) => JSON.parse(line) as unknown));
      }),
  });
  const row = {
    ...plainRow(`open a run of ${folderTrials.toLocaleString('en')} trials`, ours),
    other: { what: 'read and JSON.parse alone', samples: read },
  };
  return [row, watch.cpuRow()];
}

export const volumeBench: Bench = {
  name: 'volume',
  title: 'large task files, long event streams, large runs',
  run: async (context) => [
    ...(await loading(context)),
    ...(await folding(context)),
    ...(await opening(context)),
  ],
};
