import * as vscode from 'vscode';
import { askRuns } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Shows what a run's trials printed. */
export function showRunOutput(services: Services): CommandContract['benchyard.run.showOutput'] {
  return async (node) => {
    const question = {
      title: vscode.l10n.t('Run whose output to show'),
      suits: () => true,
      nothing: vscode.l10n.t('There are no runs yet.'),
    };
    const [run] = await askRuns(services, question, node);
    if (run !== undefined) await services.outputs.show(run);
  };
}
