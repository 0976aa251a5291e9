import type { ToolCall } from '../model';
import { addUsage } from '../model';
import type { Completion, Model, ModelRequest } from './model';
import { asTexts, parseText } from './textProtocol';

/**
 * Gives tools to a model that has none of its own: it calls them in fenced blocks of its text. `auto` does so from the
 * first time on that the model's server refuses tools; what was asked then is asked again.
 */
export function withTextTools(
  model: Model,
  { mode, log }: { readonly mode: 'auto' | 'text'; readonly log?: (message: string) => void },
): Model {
  const { name, contextWindow, price } = model;
  let asText = mode === 'text';
  return {
    name,
    contextWindow,
    price,
    async complete(request, options): Promise<Completion> {
      if (request.tools.length === 0) return await model.complete(request, options);
      let refused: Completion | null = null;
      if (!asText) {
        const completion = await model.complete(request, options);
        if (completion.kind !== 'failed' || completion.toolsRefused !== true) return completion;
        log?.(`${name} takes no tools; it is told to call them in its text: ${completion.detail}`);
        asText = true;
        refused = completion;
      }
      const completion = await model.complete(
        { ...request, messages: asTexts(request.messages, request.tools), tools: [] },
        options,
      );
      return parsed(refused === null ? completion : after(refused, completion), request);
    },
  };
}

function after(refused: Completion, completion: Completion): Completion {
  return {
    ...completion,
    usage: addUsage(refused.usage, completion.usage),
    durationMs: refused.durationMs + completion.durationMs,
    attempts: refused.attempts + completion.attempts,
  };
}

function parsed(completion: Completion, { messages, tools }: ModelRequest): Completion {
  if (completion.kind !== 'answer') return completion;
  const { text, calls } = parseText(completion.text, tools);
  // Unique in the conversation, and the same when it is repeated.
  const toolCalls = calls.map((call, n): ToolCall => ({
    id: `text_${String(messages.length)}_${String(n)}`,
    ...call,
  }));
  return { ...completion, text, toolCalls };
}
