import type { ToolCall, Usage } from '../model';
import type { Completion } from './model';
import { ProxyError } from './proxyError';
import type { ProxyRequest } from './proxyRequest';

interface AnswerWords {
  readonly content: string | null;
  readonly refusal: string | null;
  readonly reasoning: string | null;
  readonly calls: readonly ToolCall[];
  readonly finish: 'stop' | 'length' | 'tool_calls' | 'content_filter';
}

/** @throws ProxyError when there is no answer */
function wordsOf(completion: Completion, stop: readonly string[]): AnswerWords {
  switch (completion.kind) {
    case 'answer': {
      const { text, reasoning, toolCalls: calls, truncated } = completion;
      const content = untilStop(text, stop);
      const finish =
        truncated && content === text ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop';
      return { content, refusal: null, reasoning, calls, finish };
    }
    case 'refused': {
      const refusal = completion.detail;
      return { content: null, refusal, reasoning: null, calls: [], finish: 'content_filter' };
    }
    case 'context_overflow':
      throw new ProxyError(400, 'context_length_exceeded', completion.detail);
    case 'over_budget':
      throw new ProxyError(
        402,
        'budget_exceeded',
        `The budget does not allow this request: ${completion.detail}. Finish without the model.`,
      );
    case 'failed':
      throw new ProxyError(502, 'model_failed', `The model gave no answer: ${completion.detail}`);
  }
}

function untilStop(text: string, stop: readonly string[]): string {
  const ends = stop
    .filter((word) => word !== '')
    .map((word) => text.indexOf(word))
    .filter((index) => index >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}

function usageOf(usage: Usage): unknown {
  return {
    prompt_tokens: usage.prompt_tokens,
    completion_tokens: usage.completion_tokens,
    total_tokens: usage.prompt_tokens + usage.completion_tokens,
    prompt_tokens_details: { cached_tokens: usage.cached_tokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoning_tokens },
  };
}

export interface AnswerFrame {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
}

/** The answer as one JSON document. */
export function wholeAnswer(
  { model, stop }: ProxyRequest,
  completion: Completion,
  frame: AnswerFrame,
): unknown {
  const { content, refusal, reasoning, calls, finish } = wordsOf(completion, stop);
  const message = {
    role: 'assistant',
    content: content === '' && calls.length > 0 ? null : content,
    refusal,
    ...(reasoning === null ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(callOf) }),
  };
  return {
    ...frame,
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message, finish_reason: finish, logprobs: null }],
    usage: usageOf(completion.usage),
  };
}

/** The answer as the events of a stream, which end with `[DONE]`. */
export function answerEvents(
  { model, stop, includeUsage }: ProxyRequest,
  completion: Completion,
  frame: AnswerFrame,
): readonly string[] {
  const { content, refusal, reasoning, calls, finish } = wordsOf(completion, stop);
  const choice = (delta: unknown, finishReason: string | null): unknown => ({
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
  const deltas = [
    { role: 'assistant', content: '' },
    ...(reasoning === null ? [] : [{ reasoning_content: reasoning }]),
    ...(content === null || content === '' ? [] : [{ content }]),
    ...(refusal === null ? [] : [{ refusal }]),
    ...calls.map((call, index) => ({ tool_calls: [{ index, ...callOf(call) }] })),
  ];
  const chunks = [
    ...deltas.map((delta) => choice(delta, null)),
    choice({}, finish),
    ...(includeUsage ? [{ choices: [], usage: usageOf(completion.usage) }] : []),
  ];
  const head = { ...frame, object: 'chat.completion.chunk', model };
  return [...chunks.map((chunk) => JSON.stringify(Object.assign({}, head, chunk))), '[DONE]'];
}

function callOf({ id, name, arguments: args }: ToolCall): object {
  return { id, type: 'function', function: { name, arguments: args } };
}
