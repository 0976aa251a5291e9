import path from 'node:path';
import * as vscode from 'vscode';
import { toRerunConfig } from '../../presentation/runSettings';
import { UserError } from '../../presentation/userError';
import { askTrial, requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import { launchConfig } from '../launch';
import type { Services } from '../services';

/** Tries the task of a trial, or those of several, once more, as their run did, in a run of its own. */
export function rerunTrial(services: Services): CommandContract['benchyard.trial.rerun'] {
  return async (argument, options) => {
    requireTrust();
    const question = { title: vscode.l10n.t('Run Trial Again'), suits: () => true };
    const trial = await askTrial(services, question, argument);
    if (trial === undefined) return;
    const state = await services.runs.read(trial.run);
    const plan = state?.plan ?? null;
    // A tree hands over all rows that are selected; this is for the one that was clicked.
    const ids = options?.trialIds ?? [trial.trialId];
    const taskIds = [...new Set(ids.flatMap((id) => state?.trials.get(id)?.plan.task_id ?? []))];
    if (plan === null || taskIds.length === 0) {
      throw new UserError(vscode.l10n.t('The run folder does not say how the trial was started.'));
    }
    const { runDir } = trial.run.listing;
    const config = toRerunConfig(plan, taskIds, (file) => path.resolve(runDir, file));
    await launchConfig(services, config);
  };
}
