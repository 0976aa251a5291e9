import * as vscode from 'vscode';
import { keyedProviderOf, modelChoices } from '../../presentation/modelChoices';
import { askStep } from '../quickSteps';
import type { Services } from '../services';
import { askKey } from './askKey';

/** A model as a configuration names it; empty: the provider's own. */
export interface ChosenModel {
  readonly name: string;
}

/**
 * Asks which model the agent is to call, and once for the key of its provider where there is none. Reading the editor's
 * models asks nobody for consent; their first request does.
 */
export async function askModel(
  services: Services,
  last: string,
): Promise<ChosenModel | 'back' | undefined> {
  const { model: setting, modelBaseUrl: baseUrl } = services.config.run;
  const items = modelChoices({
    editor: await vscode.lm.selectChatModels(),
    last,
    setting,
    baseUrl,
  }).map((choice) => ({ ...choice }));
  const chosen = await askStep({
    title: vscode.l10n.t('Run with Agent'),
    step: 2,
    totalSteps: 3,
    placeholder: vscode.l10n.t('Model that the agent calls'),
    items,
    active: items[0],
  });
  if (chosen === undefined || chosen === 'back') return chosen;
  const name = chosen.model ?? (await askName(last));
  if (name === undefined) return undefined;
  return (await ensureKey(services, name, baseUrl)) ? { name } : undefined;
}

async function askName(last: string): Promise<string | undefined> {
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('Model'),
    prompt: vscode.l10n.t('Name of the model, or provider:name'),
    value: last,
    ignoreFocusOut: true,
    validateInput: (text) =>
      text.trim() === '' ? vscode.l10n.t('Enter the name of a model.') : undefined,
  });
  return name?.trim();
}

/** false: there is no key, and the user did not enter one. */
async function ensureKey({ keys }: Services, model: string, baseUrl: string): Promise<boolean> {
  const provider = keyedProviderOf(model, baseUrl);
  if (!provider?.needsKey) return true;
  return (await keys.get(provider.keyName)) !== null || (await askKey(keys, provider));
}
