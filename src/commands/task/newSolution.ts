import * as vscode from 'vscode';
import { isContestTask } from '../../presentation/contestStatement';
import { UserError } from '../../presentation/userError';
import { askTasks } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

const languages = [
  { label: 'Python 3', language: 'python', comment: '#' },
  { label: 'C++', language: 'cpp', comment: '//' },
  { label: 'Java', language: 'java', comment: '//' },
] as const;

/** Opens an empty program that says which problem it is for, so that it can be run at once. */
export function newSolution(services: Services): CommandContract['benchyard.task.newSolution'] {
  return async (node) => {
    const [task] = (await askTasks(services, node)) ?? [];
    if (task === undefined) return;
    if (!isContestTask(task))
      throw new UserError(vscode.l10n.t('{0} is no contest problem.', task.taskId));
    const chosen =
      task.style === 'program'
        ? languages[0]
        : await vscode.window.showQuickPick(languages, {
            title: vscode.l10n.t('New Solution'),
            placeHolder: vscode.l10n.t('Language'),
          });
    if (chosen === undefined) return;
    const content = `${chosen.comment} benchyard: ${task.dataset}/${task.taskId}\n\n`;
    const document = await vscode.workspace.openTextDocument({
      language: chosen.language,
      content,
    });
    const editor = await vscode.window.showTextDocument(document);
    const end = document.positionAt(content.length);
    editor.selection = new vscode.Selection(end, end);
  };
}
