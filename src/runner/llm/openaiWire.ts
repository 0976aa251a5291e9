import type { OpenAI } from 'openai';
import type { ChatMessage } from '../model';
import type { ModelRequest, ToolSpec } from './model';

type WireRequest = OpenAI.ChatCompletionCreateParamsStreaming;

/** A request as an OpenAI-compatible server takes it. Newer models of OpenAI itself know the answer's bound by another name. */
export function wireRequest(
  model: string,
  request: ModelRequest,
  { boundName }: { readonly boundName: 'max_tokens' | 'max_completion_tokens' },
): WireRequest {
  const { messages, tools, maxTokens, temperature } = request;
  return {
    model,
    messages: messages.map(wireMessage),
    stream: true,
    stream_options: { include_usage: true },
    [boundName]: maxTokens,
    ...(temperature === undefined ? {} : { temperature }),
    ...(tools.length === 0 ? {} : { tools: tools.map(wireTool) }),
  };
}

function wireMessage(message: ChatMessage): OpenAI.ChatCompletionMessageParam {
  if (message.role !== 'assistant') return message;
  const { role, content, tool_calls: calls } = message;
  if (calls.length === 0) return { role, content };
  return {
    role,
    content: content === '' ? null : content,
    tool_calls: calls.map(({ id, name, arguments: args }) => ({
      id,
      type: 'function',
      function: { name, arguments: readableArguments(args) },
    })),
  };
}

/** Some servers parse the arguments of earlier calls and refuse a whole conversation for one that is no JSON object. */
function readableArguments(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text;
  } catch {
    // the model wrote no JSON; the tool's answer told it so
  }
  return JSON.stringify({ unreadable: text });
}

function wireTool({ name, description, parameters }: ToolSpec): OpenAI.ChatCompletionTool {
  return { type: 'function', function: { name, description, parameters: { ...parameters } } };
}
