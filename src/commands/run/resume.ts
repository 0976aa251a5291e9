import * as vscode from 'vscode';
import type { RunState } from '../../runner/index';
import { totalsOf } from '../../runner/model';
import type { RunEntry } from '../../views/runsModel';
import { askRuns, requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import { withRunsProgress } from '../launch';
import type { Services } from '../services';

/** Goes on with runs that were interrupted or cancelled. */
export function resumeRun(services: Services): CommandContract['benchyard.run.resume'] {
  return async (node, nodes) => {
    requireTrust();
    const question = {
      title: vscode.l10n.t('Run to go on with'),
      suits: (_run: RunEntry, state: RunState) =>
        state.phase !== 'running' && totalsOf(state).incomplete > 0,
      nothing: vscode.l10n.t('Every run has ended with all its trials.'),
    };
    for (const run of await askRuns(services, question, node, nodes)) {
      await withRunsProgress(() => services.control.resume(run));
      await services.runsView.reveal(run);
    }
  };
}
