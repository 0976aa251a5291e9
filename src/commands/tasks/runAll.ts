import * as vscode from 'vscode';
import { plural } from '../../presentation/format';
import { allTasks, requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import { launch } from '../launch';
import type { Services } from '../services';

/** A run of more tasks than this is asked about: it takes hours and disk. */
const manyTasks = 50;

/** Runs every task of the task files, whatever the filter. */
export function runAllTasks(services: Services): CommandContract['benchyard.tasks.runAll'] {
  return async () => {
    requireTrust();
    await allTasks(services);
    await confirmAndLaunch(services, services.tasks.tasks);
  };
}

/** Starts a run; asks first when it is a large one. */
export async function confirmAndLaunch(
  services: Services,
  tasks: Parameters<typeof launch>[1],
): Promise<void> {
  if (tasks.length > manyTasks) {
    const run = vscode.l10n.t('Run {0}', plural(tasks.length, 'task'));
    const question = vscode.l10n.t(
      'Run {0}? This can take long and fill the disk.',
      plural(tasks.length, 'task'),
    );
    if ((await vscode.window.showWarningMessage(question, { modal: true }, run)) !== run) return;
  }
  await launch(services, tasks);
}
