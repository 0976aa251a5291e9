import * as vscode from 'vscode';
import type { TrialState } from '../../runner/index';
import { askTrial } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

export const hasSubmission = ({ result }: TrialState): boolean =>
  result?.competition?.submission_exists === true;

/** Shows what a trial handed in beside the sample of its competition, as two tables. */
export function compareSubmission(
  services: Services,
): CommandContract['benchyard.trial.compareSubmission'] {
  return async (argument) => {
    const title = vscode.l10n.t('Compare Submission with Sample');
    const trial = await askTrial(services, { title, suits: hasSubmission }, argument);
    if (trial !== undefined) await services.tables.open(trial);
  };
}
