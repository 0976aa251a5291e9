import * as vscode from 'vscode';
import type { RunTreeNode } from '../../presentation/runTree';
import type { RunEntry } from '../../views/runsModel';
import { askRuns } from '../ask';
import type { CommandContract } from '../contract';
import { isRunNode } from '../contract';
import type { Services } from '../services';

/** Shows what a run came to as a page; while it goes on, the page goes on with it. */
export function openReport(services: Services): CommandContract['benchyard.run.openReport'] {
  return async (node) => {
    const run = await askReportedRun(services, vscode.l10n.t('Open Run Report'), node);
    if (run !== undefined) await services.reports.open([run]);
  };
}

/** The run that a command about reports is for. */
export async function askReportedRun(
  services: Services,
  title: string,
  node?: RunTreeNode,
): Promise<RunEntry | undefined> {
  const question = {
    title,
    suits: () => true,
    nothing: vscode.l10n.t('There are no runs yet.'),
  };
  // The title bar of a tab hands over the tab's own address.
  const [run] = await askRuns(services, question, isRunNode(node) ? node : undefined);
  return run;
}
