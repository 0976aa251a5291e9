import * as vscode from 'vscode';
import { isContestTask } from '../../presentation/contestStatement';
import { languageOfEditor } from '../../presentation/contestLabels';
import { UserError } from '../../presentation/userError';
import { askTasks, requireTrust } from '../ask';
import { askCandidate } from '../candidate/askCandidate';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Runs the program that is edited on the problem of a row; asks for a file where none is edited. */
export function runCandidateOnTask(
  services: Services,
): CommandContract['benchyard.task.runCandidate'] {
  return async (node) => {
    requireTrust();
    const [task] = (await askTasks(services, node)) ?? [];
    if (task === undefined) return;
    if (!isContestTask(task))
      throw new UserError(vscode.l10n.t('{0} is no contest problem.', task.taskId));
    const document = await programDocument();
    if (document === undefined) return;
    const file = await askCandidate(services, document, { task });
    if (file !== undefined) await services.candidates.run(file, ['public_tests']);
  };
}

async function programDocument(): Promise<vscode.TextDocument | undefined> {
  const active = vscode.window.activeTextEditor?.document;
  if (active !== undefined && languageOfEditor(active.languageId) !== undefined) return active;
  const shown = vscode.window.visibleTextEditors
    .map(({ document }) => document)
    .filter(({ languageId, uri }) => languageOfEditor(languageId) !== undefined && isOwn(uri));
  if (shown.length === 1) return shown[0];
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Program to Run'),
      openLabel: vscode.l10n.t('Run'),
      filters: { [vscode.l10n.t('Programs')]: ['py', 'cpp', 'cc', 'cxx', 'java'] },
    })) ?? [];
  return chosen === undefined ? undefined : vscode.workspace.openTextDocument(chosen);
}

function isOwn({ scheme }: vscode.Uri): boolean {
  return ['file', 'untitled', 'vscode-remote'].includes(scheme);
}
