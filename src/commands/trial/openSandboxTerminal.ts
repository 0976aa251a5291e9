import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import type { TrialState } from '../../runner/index';
import { openTaskTerminal } from '../../views/openTask';
import { openSandboxShell } from '../../views/sandboxShell';
import { askTrial, requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Opens a shell in the sandbox that a trial kept, or where somebody works on it now. */
export function openSandboxTerminal(
  services: Services,
): CommandContract['benchyard.trial.openSandboxTerminal'] {
  return async (argument) => {
    requireTrust();
    const { openTasks } = services.control;
    const question = {
      title: vscode.l10n.t('Open Sandbox Terminal'),
      suits: ({ keptSandbox, plan }: TrialState) =>
        keptSandbox !== null || openTasks.some(({ trialId }) => trialId === plan.trial_id),
    };
    const trial = await askTrial(services, question, argument);
    if (trial === undefined) return;
    const task = openTasks.find(
      ({ runDir, trialId }) => runDir === trial.run.listing.runDir && trialId === trial.trialId,
    );
    if (task !== undefined) {
      openTaskTerminal(task);
      return;
    }
    const { keptSandbox } = await services.content.state(trial);
    if (keptSandbox === null) {
      throw new UserError(
        vscode.l10n.t('This trial kept no sandbox. Turn on “Keep Sandbox” and run it again.'),
      );
    }
    openSandboxShell(vscode.l10n.t('Sandbox: {0}', trial.trialId), keptSandbox.command);
  };
}
