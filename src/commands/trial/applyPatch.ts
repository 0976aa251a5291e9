import * as vscode from 'vscode';
import { plural } from '../../presentation/format';
import { UserError } from '../../presentation/userError';
import { parsePatch, patchStats } from '../../runner/model';
import { planWorkspacePatch } from '../../views/workspacePatch';
import { askTrial, hasPatch } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Puts a trial's patch into a folder of the workspace: asks first, all files or none, and undo takes it back. */
export function applyPatch(services: Services): CommandContract['benchyard.trial.applyPatch'] {
  return async (argument) => {
    const question = { title: vscode.l10n.t('Apply Patch to Workspace'), suits: hasPatch };
    const trial = await askTrial(services, question, argument);
    if (trial === undefined) return;
    const patch = await services.content.patch(trial, 'trial');
    const folder = await askFolder();
    if (folder === undefined) return;
    const plan = await planWorkspacePatch(folder.uri, parsePatch(patch));
    if (plan.conflicts.length > 0) {
      const files = plan.conflicts.join(', ');
      throw new UserError(
        vscode.l10n.t(
          'The patch does not fit the files in {0}, and nothing was changed: {1}',
          folder.name,
          files,
        ),
      );
    }
    if (!(await confirm(folder, patch))) return;
    if (!(await vscode.workspace.applyEdit(plan.edit))) {
      throw new UserError(vscode.l10n.t('The editor refused the changes; nothing was changed.'));
    }
    const { edit, changed } = plan;
    const first = changed.find((uri) => edit.has(uri));
    if (first !== undefined) await vscode.window.showTextDocument(first, { preview: true });
  };
}

async function askFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0)
    throw new UserError(vscode.l10n.t('Open the folder that the patch is for.'));
  if (folders.length === 1) return folders[0];
  return vscode.window.showWorkspaceFolderPick({
    placeHolder: vscode.l10n.t('Folder that the patch is for'),
  });
}

async function confirm(folder: vscode.WorkspaceFolder, patch: string): Promise<boolean> {
  const { files, added, removed } = patchStats(patch);
  const apply = vscode.l10n.t('Apply Patch');
  const detail = vscode.l10n.t(
    '{0} in {1} would change: {2} added, {3} removed. Undo takes it back.',
    plural(files, 'file'),
    folder.uri.fsPath,
    plural(added, 'line'),
    plural(removed, 'line'),
  );
  const question = vscode.l10n.t('Apply the patch to “{0}”?', folder.name);
  const chosen = await vscode.window.showInformationMessage(
    question,
    { modal: true, detail },
    apply,
  );
  return chosen === apply;
}
