import path from 'node:path';
import * as vscode from 'vscode';
import { askTrial, ended } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Opens result.json of a trial that ended. */
export function openResult(services: Services): CommandContract['benchyard.trial.openResult'] {
  return async (argument) => {
    const question = { title: vscode.l10n.t('Open Result'), suits: ended };
    const trial = await askTrial(services, question, argument);
    if (trial === undefined) return;
    await services.content.result(trial);
    const file = path.join(trial.run.listing.runDir, trial.trialId, 'result.json');
    await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
  };
}
