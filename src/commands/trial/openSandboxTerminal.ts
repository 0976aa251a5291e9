import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import { openSandboxShell } from '../../views/sandboxShell';
import { askTrial, requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Opens a shell in the sandbox that a trial kept. */
export function openSandboxTerminal(
  services: Services,
): CommandContract['benchyard.trial.openSandboxTerminal'] {
  return async (argument) => {
    requireTrust();
    const question = {
      title: vscode.l10n.t('Open Sandbox Terminal'),
      suits: (trial: { readonly keptSandbox: unknown }) => trial.keptSandbox !== null,
    };
    const trial = await askTrial(services, question, argument);
    if (trial === undefined) return;
    const { keptSandbox } = await services.content.state(trial);
    if (keptSandbox === null) {
      throw new UserError(
        vscode.l10n.t('This trial kept no sandbox. Turn on “Keep Sandbox” and run it again.'),
      );
    }
    openSandboxShell(vscode.l10n.t('Sandbox: {0}', trial.trialId), keptSandbox.command);
  };
}
