import * as vscode from 'vscode';
import { askTrial, hasPatch } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Opens what the agent changed in the diff editor. */
export function openPatch(services: Services): CommandContract['benchyard.trial.openPatch'] {
  return async (argument) => {
    const question = { title: vscode.l10n.t('Open Patch'), suits: hasPatch };
    const trial = await askTrial(services, question, argument);
    if (trial !== undefined) await services.patches.open(trial, services.openings.begin());
  };
}
