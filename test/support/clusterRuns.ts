import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { runPlanSchema } from '../../src/runner/model';
import type { RunEvent, RunState, TrialResult } from '../../src/runner/model';
import { readRunState } from '../../src/runner/store/runReader';
import type { CliEnd } from './cli';
import { calculator, TestRepository, writeTasks } from './repositories';
import { patient } from './runs';

/** A repository whose task is given several times to the trials of a cluster, each file with something more in its row. */
export async function clusterTasks(folder: string): Promise<{
  readonly repository: TestRepository;
  readonly tasksIn: (name: string, more: object) => Promise<string>;
}> {
  const repository = await TestRepository.make(path.join(folder, 'calculator'), calculator);
  const row = { repo: repository.path, ref: await repository.head(), timeouts: patient };
  return {
    repository,
    tasksIn: (name, more) =>
      writeTasks(path.join(folder, name), [{ ...row, task_id: name, ...more }]),
  };
}

export async function writeConfig(file: string, config: object): Promise<void> {
  await writeFile(file, JSON.stringify(config));
}

export function onlyTrial({ stdout }: CliEnd): TrialResult {
  const { trials } = JSON.parse(stdout) as { trials: TrialResult[] };
  const [trial] = trials;
  if (trial === undefined || trials.length > 1) throw new Error('expected one trial');
  return trial;
}

export async function planOf(runDir: string): Promise<ReturnType<typeof runPlanSchema.parse>> {
  return runPlanSchema.parse(JSON.parse(await readFile(path.join(runDir, 'run.json'), 'utf8')));
}

export async function trialsOf(runDir: string): Promise<readonly string[]> {
  return (await planOf(runDir)).trials.map(({ trial_id: id }) => id);
}

export function resultsOf({ trials }: RunState): readonly TrialResult[] {
  return [...trials.values()].flatMap(({ result }) => (result === null ? [] : [result]));
}

export async function endedIn(runDir: string): Promise<number> {
  return resultsOf(await readRunState(runDir)).length;
}

export async function nodesOf(
  runDir: string,
  phase: 'running' | 'ended',
): Promise<readonly (string | null)[]> {
  const { trials } = await readRunState(runDir);
  return [...trials.values()].filter((trial) => trial.phase === phase).map(({ node }) => node);
}

async function linesOf(file: string): Promise<readonly unknown[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

/** The nodes that began a trial, in their order. */
export async function startsOf(
  runDir: string,
  trial: string,
): Promise<readonly (string | undefined)[]> {
  const events = (await linesOf(path.join(runDir, trial, 'events.jsonl'))) as RunEvent[];
  return events.flatMap((event) => (event.type === 'trial.started' ? [event.node] : []));
}

/** The run ended well: a result of each trial, once in every place that has results, and nothing left behind. */
export async function assertWhole(end: CliEnd, runDir: string, trials: number): Promise<void> {
  expect(end.status, end.stderr).toBe(0);
  const state = await readRunState(runDir);
  expect(state.phase).toBe('finished');
  const { trials: planned } = await planOf(runDir);
  const attempts = planned.map(({ attempt }) => attempt);
  expect(attempts).toHaveLength(trials);
  expect(resultsOf(state).map(({ status }) => status)).toEqual(attempts.map(() => 'empty_patch'));
  const kept = (await linesOf(path.join(runDir, 'results.jsonl'))) as TrialResult[];
  expect(kept.map(({ attempt }) => attempt)).toEqual(attempts);
  for (const { trial_id: id } of planned) {
    const events = (await linesOf(path.join(runDir, id, 'events.jsonl'))) as RunEvent[];
    const ends = events.filter(
      (event) => event.type === 'trial.ended' && event.result.status !== 'cancelled',
    );
    expect(ends, id).toHaveLength(1);
    expect(new Set(events.map(({ seq }) => seq)).size, id).toBe(events.length);
    const files = await readdir(path.join(runDir, id));
    expect(
      files.filter((name) => name.startsWith('.')),
      id,
    ).toEqual([]);
  }
}
