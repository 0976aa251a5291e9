import * as vscode from 'vscode';
import { withCancel } from '../../views/cancellation';
import { openSandboxShell } from '../../views/sandboxShell';
import { requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { selectedSteps } from './selectedSteps';

/** Makes a sandbox as it was after the selected step, and opens a shell in it. */
export function restoreSandbox(
  services: Services,
): CommandContract['benchyard.trajectory.restoreSandbox'] {
  return async (argument) => {
    requireTrust();
    const { trial, to } = await selectedSteps(services, argument);
    const runner = await services.core.runner();
    const title = vscode.l10n.t('Restoring the sandbox at step {0}…', to);
    const { command } = await withCancel(title, (signal) =>
      runner.restoreSandbox(trial.run.listing.runDir, trial.trialId, to, { signal }),
    );
    openSandboxShell(vscode.l10n.t('Sandbox: {0} at step {1}', trial.trialId, to), command);
  };
}
