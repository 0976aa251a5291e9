import * as vscode from 'vscode';
import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { askKey, askProvider } from './askKey';

/** Stores the key of a provider of models in the editor's secret storage. */
export function setModelKey({ keys }: Services): CommandContract['benchyard.model.setKey'] {
  return async () => {
    const provider = await askProvider(vscode.l10n.t('Set Model Key'), async ({ keyName }) => {
      if (await keys.isStored(keyName)) return vscode.l10n.t('stored');
      return (await keys.get(keyName)) === null ? '' : vscode.l10n.t('from the environment');
    });
    if (provider !== undefined) await askKey(keys, provider);
  };
}
