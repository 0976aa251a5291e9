import * as vscode from 'vscode';
import { askTrial, hasSteps } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Opens what the agent did, step by step; at a step when one is named. */
export function openTrajectory(
  services: Services,
): CommandContract['benchyard.trial.openTrajectory'] {
  return async (argument) => {
    const question = { title: vscode.l10n.t('Open Trajectory'), suits: hasSteps };
    const trial = await askTrial(services, question, argument);
    if (trial === undefined) return;
    const step = argument?.step;
    await services.trajectories.open(trial, step === undefined ? {} : { step });
  };
}
