import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import { submitTask } from '../../views/openTask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Hands in a task that somebody works on in this window; asks which when there are several. */
export function submitOpenTask(services: Services): CommandContract['benchyard.task.submit'] {
  return async () => {
    const open = services.control.openTasks;
    const items = open.map((session) => ({
      label: session.taskId,
      description: session.trialId,
      session,
    }));
    if (items.length === 0)
      throw new UserError(
        vscode.l10n.t('No task is open here. Run one with the agent “human” to work on it.'),
      );
    const chosen =
      items.length === 1
        ? items[0]
        : await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Submit Task') });
    if (chosen !== undefined) await submitTask(chosen.session);
  };
}
