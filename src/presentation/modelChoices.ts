import type { ModelProvider } from '../runner/index';

/** A provider of models that is asked over HTTP, and how its key is named in the environment. */
export interface KeyedProvider {
  readonly provider: Extract<ModelProvider, 'chutes' | 'openai' | 'custom'>;
  readonly label: string;
  readonly keyName: string;
  /** Servers of one's own mostly take no key. */
  readonly needsKey: boolean;
}

export const keyedProviders: readonly KeyedProvider[] = [
  { provider: 'chutes', label: 'Chutes', keyName: 'CHUTES_API_KEY', needsKey: true },
  { provider: 'openai', label: 'OpenAI', keyName: 'OPENAI_API_KEY', needsKey: true },
  {
    provider: 'custom',
    label: 'OpenAI-compatible server',
    keyName: 'BENCHYARD_API_KEY',
    needsKey: false,
  },
];

const prefixes: readonly ModelProvider[] = ['chutes', 'openai', 'custom', 'vscode', 'scripted'];

/** Who a model's prefix names; null: it has none. */
export function providerOf(model: string): ModelProvider | null {
  return prefixes.find((prefix) => model.startsWith(`${prefix}:`)) ?? null;
}

/** The provider whose key a model needs; null where it needs none. `baseUrl`: the settings' own server, empty for none. */
export function keyedProviderOf(model: string, baseUrl: string): KeyedProvider | null {
  const provider = providerOf(model) ?? (baseUrl === '' ? 'chutes' : 'custom');
  return keyedProviders.find((candidate) => candidate.provider === provider) ?? null;
}

/** Whether the settings' own server is meant: a model whose prefix names another provider is not sent there. */
export function usesBaseUrl(model: string): boolean {
  const provider = providerOf(model);
  return provider === null || provider === 'custom';
}

/** A row of the list of models. `model` null: the user types one. */
export interface ModelChoice {
  readonly model: string | null;
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

export interface EditorModelInfo {
  readonly vendor: string;
  readonly family: string;
  readonly name: string;
}

export interface KnownModels {
  readonly editor: readonly EditorModelInfo[];
  /** What was used last, and what the settings say; empty for nothing. */
  readonly last: string;
  readonly setting: string;
  readonly baseUrl: string;
}

/**
 * The models to choose from, the one to begin with first: the last one, the settings', those of the editor, which need no
 * key, the default provider's, and one that is typed.
 */
export function modelChoices({
  editor,
  last,
  setting,
  baseUrl,
}: KnownModels): readonly ModelChoice[] {
  const ofEditor = editor.map(({ vendor, family, name }) => ({
    model: `vscode:${vendor}/${family}`,
    label: name,
    description: `${vendor}/${family}`,
    detail: 'Language model of this editor; needs no key',
  }));
  // A server of one's own has no default.
  const ofProvider: readonly ModelChoice[] =
    baseUrl === ''
      ? [
          {
            model: '',
            label: 'Default model of Chutes',
            description: '',
            detail: 'Needs a key of the provider',
          },
        ]
      : [];
  const typed: ModelChoice = {
    model: null,
    label: 'Another model…',
    description: '',
    detail: 'Its name, or provider:name, such as openai:gpt-5',
  };
  const first = [last, setting].filter((model) => model !== '');
  const known: readonly ModelChoice[] = [...ofEditor, ...ofProvider];
  const remembered = [...new Set(first)].map((model, n): ModelChoice => ({
    ...(known.find((choice) => choice.model === model) ?? { model, label: model, detail: '' }),
    description: n === 0 && model === last ? 'last used' : 'from the settings',
  }));
  const others = known.filter(({ model }) => model === null || !first.includes(model));
  return [...remembered, ...others, typed];
}
