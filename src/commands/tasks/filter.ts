import * as vscode from 'vscode';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Leaves the tasks whose id, repository or group contains a text. */
export function filterTasks({ tasksView }: Services): CommandContract['benchyard.tasks.filter'] {
  return async () => {
    const text = await vscode.window.showInputBox({
      title: vscode.l10n.t('Filter Tasks'),
      prompt: vscode.l10n.t('Part of a task id or a repository. Empty shows all.'),
      value: tasksView.filter.text,
    });
    if (text !== undefined) tasksView.filter = { ...tasksView.filter, text };
  };
}
