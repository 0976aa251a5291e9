import * as vscode from 'vscode';
import { askTasks } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Opens the task's line in its seed file. */
export function openTaskSource(services: Services): CommandContract['benchyard.task.openSource'] {
  return async (node) => {
    const [task] = (await askTasks(services, node)) ?? [];
    const location = task === undefined ? undefined : services.tasks.locate(task);
    if (location === undefined) return;
    await vscode.window.showTextDocument(location.uri, {
      selection: location.range,
      preview: true,
    });
  };
}
