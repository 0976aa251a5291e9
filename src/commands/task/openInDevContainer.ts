import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import type { RepositoryTask, Task } from '../../runner/index';
import { withCancel } from '../../views/cancellation';
import { writeDevContainerFolder } from '../../views/devContainerFolder';
import { askTasks, requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

const devContainers = 'ms-vscode-remote.remote-containers';

/** Opens a checkout of the task in a container like the agent's, so that a person works where the agent does. */
export function openInDevContainer(
  services: Services,
): CommandContract['benchyard.task.openInDevContainer'] {
  return async (node) => {
    requireTrust();
    const [task] = (await askTasks(services, node)) ?? [];
    if (task === undefined) return;
    if (!isRepositoryTask(task)) throw new UserError(vscode.l10n.t('This task has no repository.'));
    const title = vscode.l10n.t('Checking out {0}', task.taskId);
    const folder = await withCancel(title, (signal) =>
      writeDevContainerFolder(task, services.storage, signal),
    );
    if (vscode.extensions.getExtension(devContainers) === undefined) await offerExtension(folder);
    else await vscode.commands.executeCommand('remote-containers.openFolder', folder);
  };
}

async function offerExtension(folder: vscode.Uri): Promise<void> {
  const install = vscode.l10n.t('Show Extension');
  const open = vscode.l10n.t('Open Folder');
  const message = vscode.l10n.t('Opening a container needs the extension “Dev Containers”.');
  const chosen = await vscode.window.showInformationMessage(message, install, open);
  if (chosen === install)
    await vscode.commands.executeCommand('workbench.extensions.search', `@id:${devContainers}`);
  if (chosen === open) {
    await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
  }
}

function isRepositoryTask(task: Task): task is RepositoryTask {
  return task.benchmark === 'swe' && 'environment' in task;
}
