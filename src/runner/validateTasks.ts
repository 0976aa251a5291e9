import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Benchmark } from './benchmarks/benchmark';
import type { TaskSources } from './datasets/taskSources';
import type {
  RunConfigInput,
  Task,
  TaskValidation,
  TrialResult,
  TrialTests,
  ValidationFile,
  ValidationRepeat,
} from './model';
import { RunnerError, validationFileSchema, validationOf } from './model';
import type { LoadedTasks, Runner, ValidateOptions } from './runner';
import { readJson, writeJson } from './store/files';

/**
 * Tries what tasks are worth: the gold patch must resolve each and doing nothing must not, every time. One run of the
 * agent gold tells both, since its tests also run before the patch. What was found is kept beside the task files.
 */
export async function validateTasks(
  config: RunConfigInput,
  { repeat, onStart, ...options }: ValidateOptions,
  parts: {
    readonly sources: TaskSources;
    readonly runner: Pick<Runner, 'startRun' | 'readTrial' | 'selectTasks'>;
    readonly benchmarkOf: (id: Task['benchmark']) => Benchmark;
  },
): Promise<{ readonly runDir: string; readonly tasks: readonly TaskValidation[] }> {
  const { sources, runner, benchmarkOf } = parts;
  const { tasks } = await runner.selectTasks(config, {
    signal: options.signal,
    onProgress: (line) => options.observer?.onProgress?.(line),
  });
  const gold = { ...config, agent: 'gold', attempts: repeat };
  const handle = await runner.startRun(gold, options);
  onStart?.(handle);
  const { runDir, state } = await handle.done;
  options.signal.throwIfAborted();
  const validations: TaskValidation[] = [];
  for (const task of tasks) {
    const repeats: ValidationRepeat[] = [];
    for (const [trialId, { plan, result }] of state.trials) {
      if (plan.task_id !== task.taskId) continue;
      const { tests } = await runner.readTrial(runDir, trialId, options);
      repeats.push(repeatOf(task, { result, tests, benchmark: benchmarkOf(task.benchmark) }));
    }
    validations.push(validationOf(task.taskId, repeats));
  }
  await keepValidations(sources, tasks, validations);
  return { runDir, tasks: validations };
}

function repeatOf(
  task: Task,
  {
    result,
    tests,
    benchmark,
  }: {
    readonly result: TrialResult | null;
    readonly tests: TrialTests | null;
    readonly benchmark: Benchmark;
  },
): ValidationRepeat {
  const before = result?.before ?? null;
  const ran = tests?.before ?? null;
  const empty =
    before === null || ran === null
      ? null
      : benchmark.grade(task, { ...before, duration_s: 0, tests: ran }).status;
  const passed = (tests?.after ?? [])
    .filter(({ outcome }) => outcome === 'passed')
    .map(({ id }) => id);
  return { gold: result?.status ?? 'not run', empty, passed };
}

async function keepValidations(
  sources: TaskSources,
  tasks: readonly Task[],
  validations: readonly TaskValidation[],
): Promise<void> {
  for (const [file, own] of groupByFile(tasks)) {
    const place = sources.placeBeside(file, '.validation.json');
    const kept = await readValidationFile(place);
    const found = { ...kept.tasks };
    for (const task of own) {
      const validation = validations.find(({ task_id: id }) => id === task.taskId);
      if (validation === undefined) continue;
      const fingerprint = taskFingerprint(task, path.dirname(place));
      found[task.taskId] = { ...validation, fingerprint, validated_at: new Date().toISOString() };
    }
    await writeJson(place, { schema_version: 1, tasks: found } satisfies ValidationFile);
  }
}

/** Tasks by the file that they stand in; those given without a file are left out. */
function groupByFile(tasks: readonly Task[]): ReadonlyMap<string, readonly Task[]> {
  const files = new Map<string, Task[]>();
  for (const task of tasks) {
    if (task.source.line === 0) continue;
    files.set(task.source.file, [...(files.get(task.source.file) ?? []), task]);
  }
  return files;
}

async function readValidationFile(place: string): Promise<ValidationFile> {
  try {
    return await readJson(place, validationFileSchema);
  } catch (error) {
    if (!RunnerError.is(error, 'not-found') && !RunnerError.is(error, 'invalid-config'))
      throw error;
    return { schema_version: 1, tasks: {} };
  }
}

/**
 * Changes with everything in a task that its outcome hangs on. Where the task stands is no part of it: its files may be
 * moved together.
 */
function taskFingerprint(task: Task, folder: string): string {
  const content = Object.fromEntries(
    Object.entries(task).filter(([key]) => key !== 'source' && key !== 'dataset'),
  );
  const text = JSON.stringify(content).replaceAll(JSON.stringify(`${folder}/`).slice(1, -1), '');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** What earlier validations found of these tasks, as far as they are still the same. */
export async function readValidations(
  sources: TaskSources,
  { tasks }: Pick<LoadedTasks, 'tasks'>,
): Promise<ReadonlyMap<string, TaskValidation>> {
  const found = new Map<string, TaskValidation>();
  for (const [file, own] of groupByFile(tasks)) {
    const place = sources.placeBeside(file, '.validation.json');
    const kept = await readValidationFile(place);
    for (const task of own) {
      const validation = kept.tasks[task.taskId];
      // Hashing is what takes the time, and most tasks of a large dataset were never validated.
      if (validation === undefined) continue;
      if (validation.fingerprint === taskFingerprint(task, path.dirname(place)))
        found.set(task.taskId, validation);
    }
  }
  return found;
}
