import * as vscode from 'vscode';
import type { EntryAction } from '../presentation/leaderboardMessages';
import type { RowAction } from '../presentation/reportMessages';
import { hasTrajectory } from '../presentation/trialLabels';
import type { TrialLinks } from '../views/chat/links';
import type { RunEntry } from '../views/runsModel';
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

/** Trials of a report once more: those that infrastructure broke in their run, others in a run of their own. */
export function rerunReported(
  run: RunEntry,
  trials: 'infra' | readonly TrialRef[],
): Thenable<unknown> {
  if (trials === 'infra') return runCommand('benchyard.run.retryInfra', run.tree.root);
  const [first] = trials;
  if (first === undefined) return Promise.resolve();
  return runCommand(
    'benchyard.trial.rerun',
    { runId: run.listing.runId, trialId: first.trialId },
    { trialIds: trials.map(({ trialId }) => trialId) },
  );
}

/** What a row of a leaderboard opens. */
export function openBoardEntry({ run, trialId }: TrialRef, action: EntryAction): Thenable<unknown> {
  const trial = { runId: run.listing.runId, trialId };
  switch (action) {
    case 'open': {
      const state = run.state?.trials.get(trialId);
      return state !== undefined && hasTrajectory(state)
        ? runCommand('benchyard.trial.openTrajectory', trial)
        : runCommand('benchyard.trial.openResult', trial);
    }
    case 'compare':
      return runCommand('benchyard.trial.compareSubmission', trial);
  }
}
