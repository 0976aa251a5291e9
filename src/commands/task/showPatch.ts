import * as vscode from 'vscode';
import { documentUri } from '../../views/documents';
import type { TaskPatch } from '../../views/taskContent';
import { askTasks } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Shows the author's solution of a task. Nothing else opens it. */
export function showGoldPatch(services: Services): CommandContract['benchyard.task.showGoldPatch'] {
  return async (node) => {
    await showPatch(services, 'gold', node);
  };
}

/** Shows the tests that come with a task. */
export function showTestPatch(services: Services): CommandContract['benchyard.task.showTestPatch'] {
  return async (node) => {
    await showPatch(services, 'test', node);
  };
}

async function showPatch(
  services: Services,
  patch: TaskPatch,
  node: Parameters<CommandContract['benchyard.task.showGoldPatch']>[0],
): Promise<void> {
  const [task] = (await askTasks(services, node)) ?? [];
  if (task === undefined) return;
  const { taskId, source } = task;
  // Asked for here, so that a missing patch is told rather than shown as an empty document.
  await services.taskContent.patch(source.file, taskId, patch);
  const query = { kind: 'taskPatch', file: source.file, task: taskId, patch } as const;
  const uri = documentUri(query, `${taskId.replaceAll('/', '_')}.${patch}.diff`);
  await vscode.window.showTextDocument(uri, { preview: true });
}
