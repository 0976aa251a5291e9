import type { ModelConfig, ModelProvider, Price } from '../model';

/** What is known of a model. */
export interface ModelFacts {
  readonly price: Price | null;
  /** Tokens of a conversation with its answer. */
  readonly contextWindow: number | null;
}

/**
 * Models of OpenAI's own API: US dollars per million tokens, and tokens that may go in. From OpenAI's public price list
 * (openai.com/api/pricing, standard tier) as of March 2026. Prices change: `prices` of the configuration goes before
 * this table, and what stands in neither is unknown.
 */
const openai: Readonly<Record<string, ModelFacts>> = {
  'gpt-5': known({ input: 1.25, cached_input: 0.125, output: 10 }, 272_000),
  'gpt-5-mini': known({ input: 0.25, cached_input: 0.025, output: 2 }, 272_000),
  'gpt-5-nano': known({ input: 0.05, cached_input: 0.005, output: 0.4 }, 272_000),
  'gpt-4.1': known({ input: 2, cached_input: 0.5, output: 8 }, 1_047_576),
  'gpt-4.1-mini': known({ input: 0.4, cached_input: 0.1, output: 1.6 }, 1_047_576),
  'gpt-4.1-nano': known({ input: 0.1, cached_input: 0.025, output: 0.4 }, 1_047_576),
  'gpt-4o': known({ input: 2.5, cached_input: 1.25, output: 10 }, 128_000),
  'gpt-4o-mini': known({ input: 0.15, cached_input: 0.075, output: 0.6 }, 128_000),
  o3: known({ input: 2, cached_input: 0.5, output: 8 }, 200_000),
  'o4-mini': known({ input: 1.1, cached_input: 0.275, output: 4.4 }, 200_000),
};

/** The default model of Chutes says how much it takes in its name; what it costs there changes. */
const chutes: Readonly<Record<string, ModelFacts>> = {
  'moonshotai/Kimi-K2-Instruct-75k': known(null, 75_000),
};

const builtIn: Readonly<Partial<Record<ModelProvider, Readonly<Record<string, ModelFacts>>>>> = {
  openai,
  chutes,
};

function known(price: Price | null, contextWindow: number): ModelFacts {
  return { price, contextWindow };
}

/**
 * What is known of a provider's model. The configuration's own words go first; its prices may name the model with or
 * without its provider.
 */
export function factsOf(
  { provider, name }: { readonly provider: ModelProvider; readonly name: string },
  { prices = {}, context_window: window }: Pick<ModelConfig, 'prices' | 'context_window'>,
): ModelFacts {
  const table = builtIn[provider]?.[name];
  return {
    price: prices[`${provider}:${name}`] ?? prices[name] ?? table?.price ?? null,
    contextWindow: window ?? table?.contextWindow ?? null,
  };
}
