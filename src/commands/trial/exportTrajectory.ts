import * as vscode from 'vscode';
import { exportTrajectory as write } from '../../views/trajectory/exportTrajectory';
import { askTrial, hasSteps } from '../ask';
import type { CommandContract } from '../contract';
import { isTrialArgument } from '../contract';
import type { Services } from '../services';

/** Writes a trajectory into a file: of the trial that it is called on, else of the tab that is shown. */
export function exportTrajectory(
  services: Services,
): CommandContract['benchyard.trial.exportTrajectory'] {
  return async (argument) => {
    const { active } = services.trajectories;
    // The title bar of a tab hands over the tab's own address.
    const given = isTrialArgument(argument) ? argument : undefined;
    const question = { title: vscode.l10n.t('Export Trajectory'), suits: hasSteps };
    const trial =
      given === undefined && active !== undefined
        ? active.trial
        : await askTrial(services, question, given);
    if (trial !== undefined) await write(services.core, trial);
  };
}
