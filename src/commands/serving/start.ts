import * as vscode from 'vscode';
import { plural } from '../../presentation/format';
import { requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import { runCommand } from '../contract';
import type { Services } from '../services';

/** Starts the HTTP server of this window, and tells where it is. */
export function startServer({
  server,
  showError,
}: Services): CommandContract['benchyard.server.start'] {
  return async () => {
    requireTrust();
    const { url, resumed } = await server.start();
    const goesOn =
      resumed === 0 ? '' : ` ${vscode.l10n.t('It goes on with {0}.', plural(resumed, 'run'))}`;
    const copyUrl = vscode.l10n.t('Copy URL');
    const copyToken = vscode.l10n.t('Copy Token');
    const message = vscode.l10n.t('Benchyard answers at {0}.', url) + goesOn;
    // What the buttons do comes later, or never: the server is there now.
    void vscode.window.showInformationMessage(message, copyUrl, copyToken).then((chosen) => {
      if (chosen === copyUrl) void runCommand('benchyard.server.copyUrl');
      if (chosen === copyToken) void runCommand('benchyard.server.copyToken');
    }, showError);
  };
}
