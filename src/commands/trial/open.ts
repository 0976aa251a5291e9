import * as vscode from 'vscode';
import { askTrial, hasPatch } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { hasSubmission } from '../competition/compareSubmission';
import { hasCandidates, showCandidates } from './candidates';
import { showLog } from './openLog';

/** What a click on a trial does: what it handed in, or the checks that this was put to, when there are any; else the log of its last stage, or the run's output. */
export function openTrial(services: Services): CommandContract['benchyard.trial.open'] {
  return async (argument) => {
    const question = { title: vscode.l10n.t('Open Trial'), suits: () => true };
    const trial = await askTrial(services, question, argument);
    if (trial === undefined) return;
    const isWanted = services.openings.begin();
    const state = await services.content.state(trial);
    if (!isWanted()) return;
    const last = state.stages.findLast((stage) => stage.cause !== 'snapshot');
    if (hasPatch(state)) await services.patches.open(trial, isWanted);
    else if (hasCandidates(state)) await showCandidates(services, trial);
    else if (hasSubmission(state)) await services.tables.open(trial);
    else if (state.result?.technique !== undefined) await services.testResults.show(trial);
    else if (state.result !== null && last !== undefined) await showLog(trial, last.stage);
    else await services.outputs.show(trial.run);
  };
}
