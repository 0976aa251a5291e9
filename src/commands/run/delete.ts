import * as vscode from 'vscode';
import { plural } from '../../presentation/format';
import { runName } from '../../presentation/runTree';
import { UserError } from '../../presentation/userError';
import type { RunState } from '../../runner/index';
import type { RunEntry } from '../../views/runsModel';
import { askRuns } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Deletes run folders, after naming what is lost. */
export function deleteRun(services: Services): CommandContract['benchyard.run.delete'] {
  return async (node, nodes) => {
    const question = {
      title: vscode.l10n.t('Run to delete'),
      suits: (_run: RunEntry, state: RunState) => state.phase !== 'running',
      nothing: vscode.l10n.t('There is no run to delete.'),
    };
    const runs = await askRuns(services, question, node, nodes);
    if (runs.length === 0) return;
    if (runs.some((run) => run.state?.phase === 'running')) {
      throw new UserError(
        vscode.l10n.t('A run that is going on cannot be deleted. Cancel it first.'),
      );
    }
    if (!(await confirm(runs))) return;
    for (const run of runs) await services.runs.delete(run);
  };
}

async function confirm(runs: readonly RunEntry[]): Promise<boolean> {
  const remove = vscode.l10n.t('Delete');
  const names = runs.map(
    (run) => (run.state === null ? '' : runName(run.state)) || run.listing.runId,
  );
  const question =
    runs.length === 1
      ? vscode.l10n.t('Delete the run “{0}”?', names.join(''))
      : vscode.l10n.t('Delete {0}?', plural(runs.length, 'run'));
  const trials = runs.reduce((sum, run) => sum + (run.state?.trials.size ?? 0), 0);
  const detail = [
    vscode.l10n.t(
      'Patches, logs and results of {0} are removed from disk:',
      plural(trials, 'trial'),
    ),
    ...runs.map((run) => run.listing.runDir),
  ].join('\n');
  const chosen = await vscode.window.showWarningMessage(question, { modal: true, detail }, remove);
  return chosen === remove;
}
