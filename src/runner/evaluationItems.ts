import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Prediction } from './agents/predictions';
import { byModel, parsePredictions } from './agents/predictions';
import type { Benchmark } from './benchmarks/benchmark';
import type { EvaluationQuery } from './evaluation';
import type { Host } from './host';
import type { RepositoryTask, RunConfig } from './model';
import { RunnerError } from './model';
import type { Runner, RunOptions } from './runner';

export interface EvaluationParts {
  readonly host: Host;
  readonly config: RunConfig;
  readonly runner: Pick<Runner, 'startRun' | 'selectTasks'>;
  readonly benchmark: Benchmark;
}

export interface EvaluationOptions extends RunOptions {
  /** Something that a person should know: predictions without a task, how a file was read. */
  readonly onProblem: (message: string) => void;
}

/** One prediction that a task is there for. */
export interface Item {
  readonly task: RepositoryTask;
  readonly patch: string;
  /** Hash of all that the outcome hangs on. */
  readonly key: string;
}

/** What one model handed in. */
export interface ModelItems {
  readonly model: string;
  readonly items: readonly Item[];
  /** Ids that no task has. */
  readonly unknown: readonly string[];
}

/** @throws `invalid-config` when none of the predictions is for one of the tasks */
export async function itemsByModel(
  query: EvaluationQuery,
  tasks: readonly RepositoryTask[],
  options: EvaluationOptions,
  { host, config, benchmark }: EvaluationParts,
): Promise<readonly ModelItems[]> {
  const models =
    query.predictions === 'gold'
      ? new Map([['gold', goldOf(tasks)]])
      : byModel(await readPredictions(path.resolve(host.cwd, query.predictions), options));
  const found: ModelItems[] = [];
  for (const [model, predictions] of models) {
    const patches = new Map(predictions.map(({ taskId, patch }) => [taskId, patch]));
    const items: Item[] = [];
    for (const task of tasks) {
      const patch = patches.get(task.taskId);
      if (patch === undefined) continue;
      const environment = await benchmark.environment(task, options);
      const key = keyOf([patch, contentOf(task), config.grading, environment, config.patch_limits]);
      items.push({ task, patch, key });
      patches.delete(task.taskId);
    }
    found.push({ model, items, unknown: [...patches.keys()] });
  }
  if (found.every(({ items }) => items.length === 0))
    throw new RunnerError('invalid-config', 'None of the predictions is for one of the tasks.');
  return found;
}

function goldOf(tasks: readonly RepositoryTask[]): readonly Prediction[] {
  return tasks.flatMap(({ taskId, goldPatch }) =>
    goldPatch === null ? [] : [{ taskId, model: 'gold', patch: goldPatch }],
  );
}

async function readPredictions(
  file: string,
  { onProblem, signal }: EvaluationOptions,
): Promise<readonly Prediction[]> {
  let text: string;
  try {
    text = await readFile(file, { encoding: 'utf8', signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new RunnerError('not-found', `${file} cannot be read as a file of predictions.`, {
      cause: error,
    });
  }
  const { predictions, notes } = parsePredictions(text, file);
  for (const note of notes) onProblem(note);
  return predictions;
}

/** What makes a task the same task: where it was read from is no part of it. */
function contentOf(task: RepositoryTask): Readonly<Record<string, unknown>> {
  const place = ['source', 'dataset', 'size'];
  return Object.fromEntries(Object.entries(task).filter(([key]) => !place.includes(key)));
}

function keyOf(parts: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(['evaluation/1', ...parts]))
    .digest('hex');
}

/** Names an evaluation by all that is evaluated. */
export function contentHash(models: readonly ModelItems[]): string {
  return keyOf(models.map(({ model, items }) => [model, items.map(({ key }) => key)])).slice(0, 12);
}
