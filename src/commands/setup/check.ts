import * as vscode from 'vscode';
import type { Check } from '../../runner/index';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Shows what this machine has and lacks. A row that is not in order offers its remedy to the clipboard. */
export function checkSetup(services: Services): CommandContract['benchyard.setup.check'] {
  return async () => {
    const report = await vscode.window.withProgress(
      { location: { viewId: 'benchyard.tasks' } },
      () => services.setup.check(),
    );
    const items = report.checks.map(toItem);
    const chosen = await vscode.window.showQuickPick(items, {
      title: report.ok
        ? vscode.l10n.t('Setup: Tasks Can Run')
        : vscode.l10n.t('Setup: Something Is Missing'),
      placeHolder: items.some((item) => item.check.fix !== null)
        ? vscode.l10n.t('Enter copies what to do')
        : vscode.l10n.t('Everything is in order'),
      matchOnDetail: true,
    });
    const fix = chosen?.check.fix ?? null;
    if (fix !== null) await vscode.env.clipboard.writeText(fix);
  };
}

function toItem(check: Check): vscode.QuickPickItem & { readonly check: Check } {
  const item = {
    label: `$(${check.ok ? 'pass' : 'error'}) ${check.id}`,
    description: check.found,
    check,
  };
  return check.fix === null ? item : { ...item, detail: check.fix };
}
