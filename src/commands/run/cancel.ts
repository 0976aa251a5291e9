import * as vscode from 'vscode';
import { askRuns } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Cancels runs of this window. Without a row: the only one, or the one that the user picks. */
export function cancelRun(services: Services): CommandContract['benchyard.run.cancel'] {
  const { control } = services;
  return async (node, nodes) => {
    const onlyOne = control.running.length + control.preparing === 1;
    if (node === undefined && onlyOne) {
      await control.cancel(control.running[0]);
      return;
    }
    const question = {
      title: vscode.l10n.t('Run to cancel'),
      suits: (run: { readonly ownedHere: boolean }) => run.ownedHere,
      nothing: vscode.l10n.t('No run of this window is going on.'),
    };
    const runs = await askRuns(services, question, node, nodes);
    await Promise.all(runs.filter((run) => run.ownedHere).map((run) => control.cancel(run)));
  };
}
