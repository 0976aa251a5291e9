import type { CompleteOptions, Completion, Model, ModelRequest } from '../../src/runner/llm/model';
import type { Price, Usage } from '../../src/runner/model';
import { costOf, noUsage } from '../../src/runner/model';

/** A tool as models are told of it. */
export const shellTool = {
  name: 'shell',
  description: 'Runs a command.',
  parameters: {
    type: 'object',
    properties: { command: { type: 'string' } },
    required: ['command'],
    additionalProperties: false,
  },
} as const;

/** A request that asks one thing. */
export function ask(content: string, options: Partial<ModelRequest> = {}): ModelRequest {
  return { messages: [{ role: 'user', content }], tools: [], maxTokens: 1000, ...options };
}

/** Tokens in and out, at a price. */
export function usage(prompt: number, completion: number, price: Price | null = null): Usage {
  const tokens = { ...noUsage, prompt_tokens: prompt, completion_tokens: completion };
  return { ...tokens, cost: costOf(tokens, price) };
}

const facts = { usage: noUsage, durationMs: 1, attempts: 1, cached: false };

export function answered(text: string, options: Partial<Completion> = {}): Completion {
  const answer = {
    kind: 'answer',
    text,
    reasoning: null,
    toolCalls: [],
    truncated: false,
  } as const;
  return { ...answer, ...facts, ...options } as Completion; // of one kind: the options only change its facts
}

export function failed(
  detail: string,
  options: Partial<Extract<Completion, { kind: 'failed' }>> = {},
): Completion {
  return { kind: 'failed', detail, ...facts, ...options };
}

export function refused(detail: string): Completion {
  return { kind: 'refused', detail, ...facts };
}

/** A model that is a function. */
export function modelOf(
  complete: (request: ModelRequest, options: CompleteOptions) => Completion | Promise<Completion>,
  { price = null, name = 'test' }: { readonly price?: Price | null; readonly name?: string } = {},
): Model {
  return {
    name,
    contextWindow: null,
    price,
    complete: async (request, options) => await complete(request, options),
  };
}
