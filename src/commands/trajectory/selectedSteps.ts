import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import type { TrialRef } from '../../views/trialContent';
import type { StepsArgument } from '../contract';
import { isStepsArgument } from '../contract';
import type { Services } from '../services';

/** Steps of a trial, first and last. */
export interface SelectedSteps {
  readonly trial: TrialRef;
  readonly from: number;
  readonly to: number;
}

/** The steps that a command is for: those it was called with, else those that are selected in the tab that is shown. */
export async function selectedSteps(
  services: Services,
  argument?: StepsArgument,
): Promise<SelectedSteps> {
  // Menus hand over what they know of the page, which names no trial.
  if (isStepsArgument(argument)) {
    const trial = await services.content.byIds(argument.runId, argument.trialId);
    return { trial, from: argument.from, to: argument.to };
  }
  const { active } = services.trajectories;
  if (active === undefined) throw new UserError(vscode.l10n.t('Open a trajectory first.'));
  const { selection, trial } = active;
  if (selection === null) throw new UserError(vscode.l10n.t('Select a step first.'));
  return { trial, ...selection };
}
