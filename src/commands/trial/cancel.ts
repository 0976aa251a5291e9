import * as vscode from 'vscode';
import { askTrial } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Cancels one trial; the others of its run go on. */
export function cancelTrial(services: Services): CommandContract['benchyard.trial.cancel'] {
  return async (argument) => {
    const question = {
      title: vscode.l10n.t('Cancel Trial'),
      suits: (trial: { readonly phase: string }) => trial.phase === 'running',
    };
    const trial = await askTrial(services, question, argument);
    if (trial !== undefined) services.control.cancelTrial(trial.run, trial.trialId);
  };
}
