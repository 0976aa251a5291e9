import path from 'node:path';
import type { ModelConfig, ModelProvider } from '../model';
import { modelProviderSchema, RunnerError } from '../model';

/** A service that speaks OpenAI's protocol. */
export interface Preset {
  /** As it is called within a sentence. */
  readonly title: string;
  /** null: the configuration says it. */
  readonly baseUrl: string | null;
  /** The variable, or the secret of this name in the editor, that holds the key. It goes to `baseUrl` only. */
  readonly keyName: string;
  readonly keyNeeded: boolean;
  readonly defaultModel: string | null;
  readonly boundName: 'max_tokens' | 'max_completion_tokens';
}

export const presets = {
  chutes: {
    title: 'Chutes',
    baseUrl: 'https://llm.chutes.ai/v1',
    keyName: 'CHUTES_API_KEY',
    keyNeeded: true,
    defaultModel: 'moonshotai/Kimi-K2-Instruct-75k',
    boundName: 'max_tokens',
  },
  openai: {
    title: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    keyName: 'OPENAI_API_KEY',
    keyNeeded: true,
    defaultModel: null,
    boundName: 'max_completion_tokens',
  },
  custom: {
    title: 'the server at base_url',
    baseUrl: null,
    keyName: 'BENCHYARD_API_KEY',
    keyNeeded: false,
    defaultModel: null,
    boundName: 'max_tokens',
  },
} as const satisfies Readonly<Record<string, Preset>>;

/** What a configuration asks for. */
export type ModelChoice =
  | {
      readonly provider: keyof typeof presets;
      readonly preset: Preset;
      readonly name: string;
      readonly baseUrl: string;
    }
  /** `name` is the editor's name of the model. */
  | { readonly provider: 'vscode'; readonly name: string }
  /** `name` is the file. */
  | { readonly provider: 'scripted'; readonly name: string };

type ChoiceConfig = Pick<ModelConfig, 'model' | 'provider' | 'base_url'>;

/** @throws `invalid-config` when provider, model and address do not go together */
export function modelChoice(config: ChoiceConfig): ModelChoice {
  const { provider, name } = splitName(config);
  const { base_url: address } = config;
  if (provider === 'vscode' || provider === 'scripted') {
    if (address !== undefined) throw strayAddress(provider);
    if (name === null) throw new RunnerError('invalid-config', nameless[provider]);
    return { provider, name };
  }
  const preset: Preset = presets[provider];
  if (preset.baseUrl !== null && address !== undefined) throw strayAddress(provider);
  const baseUrl = preset.baseUrl ?? (address === undefined ? null : cleanAddress(address));
  if (baseUrl === null)
    throw new RunnerError(
      'invalid-config',
      'The provider custom needs the address of its server: set base_url.',
    );
  const model = name ?? preset.defaultModel;
  if (model === null)
    throw new RunnerError(
      'invalid-config',
      `No model is named: set model to one that ${preset.title} has.`,
    );
  return { provider, preset, name: model, baseUrl };
}

/**
 * The name of a configuration's model as results and folders have it: a service's own name of it; models of the editor
 * and scripts say what they are.
 *
 * @throws `invalid-config` as `modelChoice`
 */
export function modelNameOf(config: ChoiceConfig): string {
  const { provider, name } = modelChoice(config);
  if (provider === 'vscode') return `vscode:${name}`;
  return provider === 'scripted' ? `scripted:${path.basename(name)}` : name;
}

/** The variable that holds the key of a configuration's model; null: it has none, or none that leaves this machine. */
export function modelKeyName(config: ChoiceConfig): string | null {
  const choice = modelChoice(config);
  return 'preset' in choice ? choice.preset.keyName : null;
}

/** The file of a scripted model; null for other models. */
export function scriptFileOf(config: ChoiceConfig): string | null {
  const { provider, name } = splitName(config);
  return provider === 'scripted' ? name : null;
}

/** `provider:model`, or a name that only happens to have a colon (`llama3:8b`). */
function splitName({ model = '', provider, base_url: address }: ChoiceConfig): {
  readonly provider: ModelProvider;
  readonly name: string | null;
} {
  const colon = model.indexOf(':');
  const prefix = modelProviderSchema.safeParse(model.slice(0, Math.max(0, colon)));
  if (prefix.success && (provider === undefined || provider === prefix.data))
    return { provider: prefix.data, name: model.slice(colon + 1) || null };
  const usual = address === undefined ? 'chutes' : 'custom';
  return { provider: provider ?? usual, name: model || null };
}

const nameless = {
  vscode: 'Name the model of the editor: vscode:VENDOR/FAMILY.',
  scripted: 'Name the file with the recorded answers: scripted:FILE.',
};

function strayAddress(provider: ModelProvider): RunnerError {
  return new RunnerError(
    'invalid-config',
    `base_url belongs to the provider custom; ${provider} has its own address, and its key goes nowhere else.`,
  );
}

/** Configurations are written to run folders: no key may hide in an address. */
function cleanAddress(address: string): string {
  const { username, password } = new URL(address);
  if (username === '' && password === '') return address;
  throw new RunnerError(
    'invalid-config',
    `base_url must not contain a user name or password; a key belongs in ${presets.custom.keyName}.`,
  );
}
