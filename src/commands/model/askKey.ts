import * as vscode from 'vscode';
import type { KeyedProvider } from '../../presentation/modelChoices';
import { keyedProviders } from '../../presentation/modelChoices';
import type { ModelKeys } from '../../views/modelKeys';

/** Asks for a provider's key and stores it. false: the user left. */
export async function askKey(keys: ModelKeys, { label, keyName }: KeyedProvider): Promise<boolean> {
  const key = await vscode.window.showInputBox({
    title: vscode.l10n.t('Key of {0}', label),
    prompt: vscode.l10n.t('Kept in the secret storage of the editor, as {0}.', keyName),
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^\S*$/.test(text.trim()) ? undefined : vscode.l10n.t('A key has no spaces.'),
  });
  if (key === undefined || key.trim() === '') return false;
  await keys.store(keyName, key.trim());
  return true;
}

/** The provider that the user picks, of those that `suits` says. */
export async function askProvider(
  title: string,
  describe: (provider: KeyedProvider) => Promise<string | null>,
): Promise<KeyedProvider | undefined> {
  const items = [];
  for (const provider of keyedProviders) {
    const description = await describe(provider);
    if (description !== null) items.push({ label: provider.label, description, provider });
  }
  return (await vscode.window.showQuickPick(items, { title }))?.provider;
}
