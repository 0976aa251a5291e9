import * as vscode from 'vscode';
import type { RowAction } from '../presentation/reportMessages';
import type { TrialLinks } from '../views/chat/links';
import type { TrialRef } from '../views/trialContent';
import { commandLink, runCommand } from './contract';

/** Buttons under an answer that speaks of a trial. */
export const trialLinks: TrialLinks = (trial) => [
  commandLink('benchyard.trial.open', vscode.l10n.t('Open {0}', trial.trialId), trial),
  commandLink('benchyard.trial.openTrajectory', vscode.l10n.t('Open Trajectory'), trial),
];

/** What a row of a report opens. */
export function openReportedTrial(
  { run, trialId }: TrialRef,
  action: RowAction,
): Thenable<unknown> {
  const trial = { runId: run.listing.runId, trialId };
  switch (action) {
    case 'open':
      return runCommand('benchyard.trial.open', trial);
    case 'patch':
      return runCommand('benchyard.trial.openPatch', trial);
    case 'trajectory':
      return runCommand('benchyard.trial.openTrajectory', trial);
    case 'result':
      return runCommand('benchyard.trial.openResult', trial);
  }
}
