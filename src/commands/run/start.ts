import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import type { allTasks } from '../ask';
import { askTasks, requireTrust } from '../ask';
import { askChoices } from '../askChoices';
import type { CommandContract } from '../contract';
import { launch } from '../launch';
import type { Services } from '../services';

/** Starts a run: of the tasks with these ids, or of those that the user picks. */
export function startRun(services: Services): CommandContract['benchyard.run.start'] {
  return async (taskIds, choices) => {
    requireTrust();
    const tasks = await (taskIds === undefined ? askTasks(services) : byIds(services, taskIds));
    if (tasks === undefined) return undefined;
    const chosen =
      taskIds === undefined ? await askChoices(services, tasks.length) : (choices ?? {});
    if (chosen === undefined) return undefined;
    const run = await launch(services, tasks, chosen);
    return run.listing.runDir;
  };
}

async function byIds(services: Services, taskIds: readonly string[]): ReturnType<typeof allTasks> {
  await services.tasks.load();
  const wanted = new Set(taskIds);
  const tasks = services.tasks.tasks.filter((task) => wanted.has(task.taskId));
  const known = new Set(tasks.map((task) => task.taskId));
  const unknown = taskIds.filter((taskId) => !known.has(taskId));
  if (unknown.length > 0)
    throw new UserError(vscode.l10n.t('There is no task {0}.', unknown.join(', ')));
  return tasks;
}
