import * as vscode from 'vscode';
import { formatDuration } from '../../presentation/format';
import { statusLabel } from '../../presentation/trialLabels';
import { UserError } from '../../presentation/userError';
import type { TrialRef } from '../../views/trialContent';
import { askTrial, hasPatch } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Shows the patches of two trials of the same task side by side: of one run, or of two. */
export function compareAttempts(
  services: Services,
): CommandContract['benchyard.trial.compareAttempts'] {
  return async (argument) => {
    const question = { title: vscode.l10n.t('Compare Attempts'), suits: hasPatch };
    const trial = await askTrial(services, question, argument);
    const other = trial === undefined ? undefined : await askOther(services, trial);
    if (trial !== undefined && other !== undefined)
      await services.patches.compareTrials(other, trial);
  };
}

async function askOther(services: Services, trial: TrialRef): Promise<TrialRef | undefined> {
  const { plan } = await services.content.state(trial);
  const items = [];
  for (const run of services.runs.entries) {
    const state = await services.runs.read(run);
    for (const [trialId, candidate] of state?.trials ?? []) {
      const same = run === trial.run && trialId === trial.trialId;
      if (same || candidate.plan.task_id !== plan.task_id || !hasPatch(candidate)) continue;
      const { result } = candidate;
      items.push({
        label: vscode.l10n.t('{0}, attempt {1}', result?.agent ?? '', candidate.plan.attempt + 1),
        description:
          result === null
            ? ''
            : `${statusLabel(result.status)} · ${formatDuration(result.duration_s)}`,
        detail: run.listing.runId,
        run,
        trialId,
      });
    }
  }
  if (items.length === 0) {
    throw new UserError(vscode.l10n.t('No other trial of {0} has a patch yet.', plan.task_id));
  }
  return vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Compare with'),
    matchOnDetail: true,
  });
}
