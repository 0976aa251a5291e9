import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import { keyedProviders } from '../../presentation/modelChoices';
import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { askProvider } from './askKey';

/** Removes a key from the editor's secret storage. */
export function clearModelKey({ keys }: Services): CommandContract['benchyard.model.clearKey'] {
  return async () => {
    const stored = await Promise.all(keyedProviders.map(({ keyName }) => keys.isStored(keyName)));
    if (!stored.includes(true)) throw new UserError(vscode.l10n.t('No key is stored.'));
    const provider = await askProvider(vscode.l10n.t('Clear Model Key'), async ({ keyName }) =>
      (await keys.isStored(keyName)) ? keyName : null,
    );
    if (provider !== undefined) await keys.clear(provider.keyName);
  };
}
