import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import type { StartedServer } from '../../views/serving/apiServer';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

export function copyServerUrl(services: Services): CommandContract['benchyard.server.copyUrl'] {
  return async () => {
    await vscode.env.clipboard.writeText(running(services).url);
  };
}

export function copyServerToken(services: Services): CommandContract['benchyard.server.copyToken'] {
  return async () => {
    const { token } = running(services);
    if (token === null) throw new UserError(vscode.l10n.t('The server asks for no token.'));
    await vscode.env.clipboard.writeText(token);
  };
}

function running({ server }: Services): StartedServer {
  if (server.current !== null) return server.current;
  throw new UserError(vscode.l10n.t('The server does not run: “Start Server” starts it.'));
}
