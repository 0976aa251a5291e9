import * as vscode from 'vscode';
import { documentUri } from '../../views/documents';
import { askTasks } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** What a click on a task does: shows what it asks for. */
export function openStatement(services: Services): CommandContract['benchyard.task.openStatement'] {
  return async (node) => {
    const [task] = (await askTasks(services, node)) ?? [];
    if (task === undefined) return;
    const { taskId, source } = task;
    const query = { kind: 'statement', file: source.file, task: taskId } as const;
    await showMarkdown(documentUri(query, taskId.replaceAll('/', '_')));
  };
}

/** Shows a document as the editor's own Markdown preview: a page that runs no script. */
export async function showMarkdown(uri: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, 'vscode.markdown.preview.editor', {
    preview: true,
  });
}
