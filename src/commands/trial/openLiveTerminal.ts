import * as vscode from 'vscode';
import { openLiveTerminal as openTerminal } from '../../views/liveTerminal';
import { askTrial } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Shows a trial's output with its colours in a terminal, as it comes. */
export function openLiveTerminal(
  services: Services,
): CommandContract['benchyard.trial.openLiveTerminal'] {
  return async (argument) => {
    const question = { title: vscode.l10n.t('Open Live Terminal'), suits: () => true };
    const trial = await askTrial(services, question, argument);
    if (trial === undefined) return;
    const { control, content, runs } = services;
    openTerminal(trial, { control, content, model: runs });
  };
}
