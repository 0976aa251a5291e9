import * as vscode from 'vscode';
import { askTrial, ended } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Shows each test of a trial in Test Results. */
export function showTests(services: Services): CommandContract['benchyard.trial.showTests'] {
  return async (argument) => {
    const question = { title: vscode.l10n.t('Show Tests'), suits: ended };
    const trial = await askTrial(services, question, argument);
    if (trial !== undefined) await services.testResults.show(trial);
  };
}
