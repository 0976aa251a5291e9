import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunPlan, Task, TrialResult } from '../model';
import { RunnerError, runPlanSchema, trialResultSchema } from '../model';
import { isNotFound, parseJsonLines, readIfThere, readJson, writeJson, writeWhole } from './files';

/** Where everything of a run is. The layout is in ARCHITECTURE.md, "On disk". */
export const runPaths = (runDir: string) =>
  ({
    plan: path.join(runDir, 'run.json'),
    tasks: path.join(runDir, 'tasks.jsonl'),
    metadata: path.join(runDir, 'metadata.json'),
    events: path.join(runDir, 'events.jsonl'),
    results: path.join(runDir, 'results.jsonl'),
    report: path.join(runDir, 'report.json'),
    state: path.join(runDir, 'state.jsonl'),
    trial: (trialId: string) => trialPaths(path.join(runDir, trialId)),
  }) as const;

export const trialPaths = (folder: string) =>
  ({
    folder,
    result: path.join(folder, 'result.json'),
    events: path.join(folder, 'events.jsonl'),
    tests: path.join(folder, 'tests.json'),
    patch: path.join(folder, 'patch.diff'),
    appliedPatch: path.join(folder, 'applied.diff'),
    trajectory: path.join(folder, 'trajectory.jsonl'),
    trees: path.join(folder, 'trees.git'),
    log: (stage: string) => path.join(folder, `${stage}.txt`),
  }) as const;

/** `<timestamp>_run-group_<agent>`; the agent's id up to its first slash. Windows allows no colons in names. */
function runFolderName(agent: string, now: Date): string {
  const timestamp = `${now.toISOString().slice(0, 19).replaceAll(':', '-')}-UTC`;
  return `${timestamp}_run-group_${safeName(agent.split('/')[0] ?? agent)}`;
}

/** A text as a folder name on every platform; different texts may become the same. */
export function safeName(text: string): string {
  const safe = text.replace(/[^\w.@+-]/g, '_').replace(/^\.+/, '_');
  return safe.slice(0, 120) || '_';
}

/** Makes the folder that run folders stand in, where it is not there. */
export async function makeRunsFolder(out: string): Promise<void> {
  // Runs are results, not sources: a folder made for them stays out of the workspace's version control.
  const made = await mkdir(out, { recursive: true });
  if (made !== undefined) await writeWhole(path.join(out, '.gitignore'), '*\n');
}

/** Makes a new run folder below `out`; a name that is taken gets -2, -3, …. Two processes never get the same one. */
export async function makeRunFolder(out: string, agent: string, now: Date): Promise<string> {
  await makeRunsFolder(out);
  const name = runFolderName(agent, now);
  for (let n = 1; ; n += 1) {
    const folder = path.join(out, n === 1 ? name : `${name}-${n}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** Writes what a run is before any of it happens; run.json is last, so a folder that has it is complete. */
export async function writePlan(
  runDir: string,
  plan: RunPlan,
  tasks: readonly Task[],
): Promise<void> {
  const paths = runPaths(runDir);
  await writeWhole(paths.tasks, tasks.map((task) => `${JSON.stringify(task)}\n`).join(''));
  await writeJson(paths.plan, plan);
}

export async function readPlan(runDir: string): Promise<RunPlan> {
  const { plan } = runPaths(runDir);
  try {
    return await readJson(plan, runPlanSchema);
  } catch (error) {
    if (RunnerError.is(error, 'not-found')) {
      throw new RunnerError('not-found', `${runDir} is not a run folder: it has no run.json.`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** The tasks of a run as they were when it started: this program wrote the file, so its lines are believed. */
export async function readRunTasks(runDir: string): Promise<ReadonlyMap<string, Task>> {
  const text = await readFile(runPaths(runDir).tasks, 'utf8');
  const tasks = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Task); // written by writePlan from values of this type
  return new Map(tasks.map((task) => [task.taskId, task]));
}

/** @throws `invalid-config` when the tasks of a run folder lack one of its own */
export function taskIn(tasks: ReadonlyMap<string, Task>, id: string): Task {
  const task = tasks.get(id);
  if (task !== undefined) return task;
  throw new RunnerError('invalid-config', `The run folder has no task "${id}".`);
}

/** Results in the order they were recorded; a trial that was run again counts with its last one. */
export async function readResults(runDir: string): Promise<readonly TrialResult[]> {
  return parseJsonLines((await readIfThere(runPaths(runDir).results)) ?? '', trialResultSchema);
}

/** Made once: of a thousand names each comparison would make one. */
const byName = new Intl.Collator('en', { numeric: true });

/** Folders below `out` that hold a run, newest first. */
export async function listRunFolders(out: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(out, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && entry.name.includes('_run-group_'))
      .map((entry) => path.join(out, entry.name))
      .sort((a, b) => byName.compare(b, a));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
