import * as vscode from 'vscode';
import type { TrialLinks } from '../views/chat/links';
import { commandLink } from './contract';

/** Buttons under an answer that speaks of a trial. */
export const trialLinks: TrialLinks = (trial) => [
  commandLink('benchyard.trial.open', vscode.l10n.t('Open {0}', trial.trialId), trial),
  commandLink('benchyard.trial.openTrajectory', vscode.l10n.t('Open Trajectory'), trial),
];
