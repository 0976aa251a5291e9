import * as vscode from 'vscode';
import type { RunChoices } from '../presentation/runSettings';
import { toRunConfig } from '../presentation/runSettings';
import type { RunConfigInput, Task } from '../runner/index';
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
  return launchConfig(
    services,
    toRunConfig(services.config.run, { ...selectionOf(tasks), ...choices }),
  );
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
