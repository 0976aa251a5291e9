import * as z from 'zod';

const tokens = z.int().nonnegative();

export const usageSchema = z.object({
  /** All tokens that went in, the cached ones among them. */
  prompt_tokens: tokens,
  cached_tokens: tokens,
  /** All tokens that came out, the reasoning ones among them. */
  completion_tokens: tokens,
  reasoning_tokens: tokens,
  /** US dollars; null where the price is not known. */
  cost: z.number().nonnegative().nullable(),
  /** The model did not say; the tokens were estimated from the texts. */
  estimated: z.boolean(),
});
export type Usage = z.infer<typeof usageSchema>;

export const noUsage: Usage = {
  prompt_tokens: 0,
  cached_tokens: 0,
  completion_tokens: 0,
  reasoning_tokens: 0,
  cost: 0,
  estimated: false,
};

/** The sum of two usages. An unknown cost makes the sum's unknown: it is never taken for zero. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    prompt_tokens: a.prompt_tokens + b.prompt_tokens,
    cached_tokens: a.cached_tokens + b.cached_tokens,
    completion_tokens: a.completion_tokens + b.completion_tokens,
    reasoning_tokens: a.reasoning_tokens + b.reasoning_tokens,
    cost: a.cost === null || b.cost === null ? null : a.cost + b.cost,
    estimated: a.estimated || b.estimated,
  };
}

/** What `whole` has beyond `part`; null when that is nothing. A cost that is unknown stays so. */
export function usageBeyond(whole: Usage, part: Usage): Usage | null {
  const rest = {
    prompt_tokens: whole.prompt_tokens - part.prompt_tokens,
    cached_tokens: whole.cached_tokens - part.cached_tokens,
    completion_tokens: whole.completion_tokens - part.completion_tokens,
    reasoning_tokens: whole.reasoning_tokens - part.reasoning_tokens,
    cost: whole.cost === null || part.cost === null ? null : Math.max(0, whole.cost - part.cost),
    estimated: whole.estimated,
  };
  return tokensOf(rest) > 0 ? rest : null;
}

export function tokensOf(usage: Usage): number {
  return usage.prompt_tokens + usage.completion_tokens;
}

/** US dollars per million tokens. `cached_input` defaults to `input`. */
export const priceSchema = z.strictObject({
  input: z.number().nonnegative(),
  cached_input: z.number().nonnegative().optional(),
  output: z.number().nonnegative(),
});
export type Price = z.infer<typeof priceSchema>;

/** US dollars for these tokens; null when there is no price. */
export function costOf(
  usage: Pick<Usage, 'prompt_tokens' | 'cached_tokens' | 'completion_tokens'>,
  price: Price | null,
): number | null {
  if (price === null) return null;
  const { input, output, cached_input: cachedInput = input } = price;
  const fresh = Math.max(0, usage.prompt_tokens - usage.cached_tokens);
  return (
    (fresh * input + usage.cached_tokens * cachedInput + usage.completion_tokens * output) / 1e6
  );
}
