import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import { documentScheme } from '../../views/documents';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** From the line at the cursor of one of our documents to the step that wrote it. */
export function goToStep(services: Services): CommandContract['benchyard.trajectory.goToStep'] {
  return async () => {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.uri.scheme !== documentScheme) {
      throw new UserError(vscode.l10n.t('Put the cursor on a line of a trial’s diff first.'));
    }
    const line = editor.selection.active.line + 1;
    const { trial, step } = await services.changes.stepOfLine(editor.document.uri, line);
    await services.trajectories.open(trial, { step });
  };
}
