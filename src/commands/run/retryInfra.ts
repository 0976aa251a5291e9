import * as vscode from 'vscode';
import type { RunState } from '../../runner/index';
import { totalsOf } from '../../runner/model';
import type { RunEntry } from '../../views/runsModel';
import { askRuns, requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import { withRunsProgress } from '../launch';
import type { Services } from '../services';

/** Goes on with runs by what failed through infrastructure, and nothing else. */
export function retryInfra(services: Services): CommandContract['benchyard.run.retryInfra'] {
  return async (node, nodes) => {
    requireTrust();
    const question = {
      title: vscode.l10n.t('Run whose infrastructure failures are tried again'),
      suits: (_run: RunEntry, state: RunState) =>
        state.phase !== 'running' && totalsOf(state).infra_failure > 0,
      nothing: vscode.l10n.t('No run that has ended has failures of the infrastructure.'),
    };
    for (const run of await askRuns(services, question, node, nodes)) {
      await withRunsProgress(() => services.control.resume(run, { retry: 'infra' }));
      await services.runsView.reveal(run);
    }
  };
}
