import * as vscode from 'vscode';
import { describeStage } from '../../presentation/trialLabels';
import { documentUri } from '../../views/documents';
import type { TrialRef } from '../../views/trialContent';
import { askTrial } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Opens the log of a stage; of a trial, the one that the user picks. */
export function openTrialLog(services: Services): CommandContract['benchyard.trial.openLog'] {
  return async (argument) => {
    const question = { title: vscode.l10n.t('Open Log'), suits: () => true };
    const trial = await askTrial(services, question, argument);
    if (trial === undefined) return;
    const isWanted = services.openings.begin();
    const state = await services.content.state(trial);
    const isStage = argument !== undefined && 'kind' in argument && argument.kind === 'stage';
    const stage = isStage ? argument.stage : await askStage(state.stages);
    if (stage === undefined || !isWanted()) return;
    // A stage that is going on has no log yet: what it prints is in the run's output.
    if (state.stages.some((done) => done.stage === stage)) await showLog(trial, stage);
    else await services.outputs.show(trial.run);
  };
}

/** Shows a stage's log in a read-only editor. */
export async function showLog({ run, trialId }: TrialRef, stage: string): Promise<void> {
  const query = { kind: 'log', run: run.listing.runId, trial: trialId, stage } as const;
  const uri = documentUri(query, `${trialId}/${stage}.log`);
  await vscode.window.showTextDocument(uri, { preview: true });
}

async function askStage(
  stages: Parameters<typeof describeStage>[0][] | readonly Parameters<typeof describeStage>[0][],
): Promise<string | undefined> {
  const items = stages.map((stage) => {
    const { label, description } = describeStage(stage);
    return { label, description, stage: stage.stage };
  });
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Stage') });
  return chosen?.stage;
}
