import * as vscode from 'vscode';
import type { CommandContract, CommandId } from '../contract';
import type { Services } from '../services';

type Action = vscode.QuickPickItem & { readonly command: CommandId | 'benchyard.runs.focus' };

/** What a click on the status bar does while the server runs: offers what can be done with it. */
export function showServerActions({
  server,
}: Services): CommandContract['benchyard.server.showActions'] {
  return async () => {
    const url = server.current?.url ?? null;
    const actions: readonly Action[] =
      url === null
        ? [{ label: vscode.l10n.t('Start Server'), command: 'benchyard.server.start' }]
        : [
            {
              label: vscode.l10n.t('Copy Server URL'),
              description: url,
              command: 'benchyard.server.copyUrl',
            },
            { label: vscode.l10n.t('Copy Server Token'), command: 'benchyard.server.copyToken' },
            { label: vscode.l10n.t('Stop Server'), command: 'benchyard.server.stop' },
          ];
    const runs: Action = { label: vscode.l10n.t('Show Runs'), command: 'benchyard.runs.focus' };
    const title = url === null ? vscode.l10n.t('Server') : vscode.l10n.t('Server at {0}', url);
    const chosen = await vscode.window.showQuickPick([...actions, runs], { title });
    if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command);
  };
}
