import * as vscode from 'vscode';
import type { TaskOrder } from '../../presentation/taskTree';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** In which order tasks stand in their group. */
export function sortTasks({ tasksView }: Services): CommandContract['benchyard.tasks.sort'] {
  return async () => {
    const current = vscode.l10n.t('current');
    const item = (order: TaskOrder, label: string, detail: string) => ({
      order,
      label,
      detail,
      description: tasksView.order === order ? current : '',
    });
    const items = [
      item('id', vscode.l10n.t('By Id'), vscode.l10n.t('As they are numbered')),
      item(
        'small-first',
        vscode.l10n.t('Small and Quick First'),
        vscode.l10n.t('By the size of the gold patch, the number of tests and the difficulty'),
      ),
    ];
    const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Sort Tasks') });
    if (chosen !== undefined) tasksView.order = chosen.order;
  };
}
