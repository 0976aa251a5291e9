import * as vscode from 'vscode';
import { askTrial, hasPatch } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Shows the author's solution beside the agent's; only after the trial ended. */
export function compareWithGold(
  services: Services,
): CommandContract['benchyard.trial.compareWithGold'] {
  return async (argument) => {
    const question = { title: vscode.l10n.t('Compare with Gold'), suits: hasPatch };
    const trial = await askTrial(services, question, argument);
    if (trial !== undefined) await services.patches.compareWithGold(trial);
  };
}
