import { randomInt } from 'node:crypto';
import * as vscode from 'vscode';
import { notRunnable } from '../presentation/competitionLabels';
import type { RunChoices } from '../presentation/runSettings';
import { toRunConfig } from '../presentation/runSettings';
import { UserError } from '../presentation/userError';
import type { RunConfigInput, Task } from '../runner/index';
import { isMleTask } from '../runner/model';
import { announceTasks } from '../views/openTask';
import type { RunEntry } from '../views/runsModel';
import { requireTrust } from './ask';
import type { Services } from './services';

/** Starts a run of some tasks with the settings, the choices over them, and shows it in the view. */
export async function launch(
  services: Services,
  tasks: readonly Task[],
  choices: RunChoices = {},
): Promise<RunEntry> {
  const runnable = await runnableTasks(services, tasks);
  const drawn = runnable.some((task) => isMleTask(task) && task.technique !== null);
  const selection = {
    ...selectionOf(runnable),
    // What a technique task hides must not be the same in every run.
    ...(drawn ? { seed: randomInt(2 ** 31) } : {}),
  };
  return launchConfig(services, toRunConfig(services.config.run, { ...selection, ...choices }));
}

/** Without competitions whose data is not here. @throws UserError with the reason when none is left */
async function runnableTasks(
  { competitions }: Services,
  tasks: readonly Task[],
): Promise<readonly Task[]> {
  if (!tasks.some(isMleTask)) return tasks;
  await competitions.load();
  const reasonOf = (task: Task): string | null => {
    const listing = isMleTask(task) ? competitions.get(task.competition.id) : undefined;
    return listing === undefined ? null : notRunnable(listing);
  };
  const runnable = tasks.filter((task) => reasonOf(task) === null);
  const [refused] = tasks;
  if (runnable.length === 0 && refused !== undefined)
    throw new UserError(`${refused.taskId}: ${reasonOf(refused) ?? ''}.`);
  return runnable;
}

export async function launchConfig(services: Services, config: RunConfigInput): Promise<RunEntry> {
  requireTrust();
  const run = await withRunsProgress(() => services.control.start(config));
  if (config.agent === 'human') announceTasks(services.control, run, services.showError);
  await services.runsView.reveal(run);
  return run;
}

/** The thin line over the view *Runs*, while a run is being prepared. */
export function withRunsProgress<T>(work: () => Promise<T>): Thenable<T> {
  return vscode.window.withProgress({ location: { viewId: 'benchyard.runs' } }, work);
}

/** A run of just these tasks. */
export function selectionOf(tasks: readonly Task[]): RunChoices {
  return {
    tasks: [...new Set(tasks.map((task) => task.source.file))],
    task_ids: tasks.map((task) => task.taskId),
    // The tree shows the good lines and Problems the bad ones: whoever starts tasks here has seen both.
    skip_bad: true,
  };
}
