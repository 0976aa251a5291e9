import type { ChatMessage, Price, Usage } from '../model';
import { costOf, noUsage } from '../model';
import type { ModelRequest } from './model';

/** Code and prose come to between three and four bytes a token: rather too many tokens than too few. */
const bytesPerToken = 3;

/** Tokens of a text, where its model does not say. */
export function estimatedTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

/** Tokens of a conversation and of the tools that go with it, where the model does not say. */
export function estimatedPrompt({
  messages,
  tools,
}: Pick<ModelRequest, 'messages' | 'tools'>): number {
  const described = tools.length === 0 ? '' : JSON.stringify(tools);
  return estimatedTokens(described + messages.map(textOf).join(''));
}

/** What a request probably came to whose answer, as far as it came, is `answer`. */
export function estimatedUsage(
  request: Pick<ModelRequest, 'messages' | 'tools'>,
  answer: string,
  { price }: { readonly price: Price | null },
): Usage {
  return withCost(
    {
      ...noUsage,
      prompt_tokens: estimatedPrompt(request),
      completion_tokens: estimatedTokens(answer),
      estimated: true,
    },
    price,
  );
}

export function withCost(usage: Omit<Usage, 'cost'>, price: Price | null): Usage {
  return { ...usage, cost: costOf(usage, price) };
}

function textOf(message: ChatMessage): string {
  return message.role === 'assistant' && message.tool_calls.length > 0
    ? message.content + JSON.stringify(message.tool_calls)
    : message.content;
}
