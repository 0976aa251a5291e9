import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Task, TrialResult } from '../../src/runner/model';
import { addUsage, noUsage, runConfigSchema } from '../../src/runner/model';
import { makePlan } from '../../src/runner/run/planning';
import { runPaths, writePlan } from '../../src/runner/store/runFolder';
import { passedResult } from './results';

/** What one trial of a recorded run came to. */
export interface RecordedTrial {
  readonly task: Task;
  /** null: it never began. */
  readonly result: Partial<TrialResult> | null;
  readonly patch?: string;
}

export interface RecordedRun {
  readonly runId: string;
  readonly agent: string;
  readonly model?: string;
  readonly trials: readonly RecordedTrial[];
}

const start = Date.parse('2026-02-03T09:15:00.000Z');

/** Writes the folder of a run that ended, as far as lists and reports read it: nothing has to be run for it. */
export async function writeRun(out: string, run: RecordedRun): Promise<string> {
  const runDir = path.join(out, run.runId);
  const paths = runPaths(runDir);
  await mkdir(runDir, { recursive: true });
  const tasks = run.trials.map(({ task }) => task);
  const plan = makePlan({
    config: runConfigSchema.parse({ agent: run.agent }),
    tasks,
    agent: run.agent,
    model: run.model ?? null,
    sandbox: 'docker',
    runDir,
    concurrency: 4,
    now: new Date(start),
  });
  await writePlan(runDir, plan, tasks);
  for (const [n, trial] of plan.trials.entries()) {
    const told = run.trials[n];
    if (told === undefined || told.result === null) continue;
    const place = paths.trial(trial.trial_id);
    await mkdir(place.folder, { recursive: true });
    const result = resultOf(told, run);
    await writeFile(place.result, JSON.stringify(result));
    if (told.patch !== undefined) await writeFile(place.patch, told.patch);
    await writeLines(place.events, trial.trial_id, eventsOf(result));
  }
  const events = [
    { type: 'run.started', plan },
    { type: 'run.ended', end: 'finished' },
  ];
  await writeLines(paths.events, null, events);
  return runDir;
}

function resultOf({ task, result, patch }: RecordedTrial, run: RecordedRun): TrialResult {
  const bytes = Buffer.byteLength(patch ?? '');
  return passedResult({
    task_id: task.taskId,
    repo: task.repo,
    ref: task.ref,
    duration_s: 20,
    agent: run.agent,
    model: run.model ?? null,
    patch_stats: bytes === 0 ? null : { bytes, files: 1, hunks: 1, added: 1, removed: 1 },
    ...result,
  });
}

/** A trial's events: its stages, one step for what it used, its end. */
function eventsOf(result: TrialResult): readonly object[] {
  const { stages, usage } = result;
  const step = {
    type: 'agent.step',
    step: 1,
    kind: 'model',
    summary: 'thinks',
    agent: null,
    tree: null,
    tool: null,
    ok: true,
    duration_s: 1,
    usage: usage === null ? null : addUsage(usage, noUsage),
    offset: 0,
    bytes: 0,
  };
  return [
    { type: 'trial.started' },
    ...stages.map((stage) => ({ type: 'stage.ended', result: stage })),
    ...(usage === null ? [] : [step]),
    { type: 'trial.ended', result },
  ];
}

async function writeLines(
  file: string,
  trial: string | null,
  events: readonly object[],
): Promise<void> {
  const lines = events.map((event, seq) =>
    JSON.stringify({
      v: 1,
      seq,
      time: new Date(start + seq * 60_000).toISOString(),
      ...(trial === null ? {} : { trial }),
      ...event,
    }),
  );
  await writeFile(file, `${lines.join('\n')}\n`);
}
