import * as vscode from 'vscode';
import type { CommandContract } from '../contract';
import { isRunNode } from '../contract';
import type { Services } from '../services';
import { askReportedRun } from './openReport';

/** Writes a report into a file: of the run that it is called on, else of the tab that is shown. */
export function exportReport(services: Services): CommandContract['benchyard.run.exportReport'] {
  return async (node) => {
    const { active } = services.reports;
    if (!isRunNode(node) && active !== undefined) {
      await active.export();
      return;
    }
    const run = await askReportedRun(services, vscode.l10n.t('Export Run Report'), node);
    if (run !== undefined) await services.reports.export([run]);
  };
}
