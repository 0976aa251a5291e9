import * as z from 'zod';
import type { ChatMessage } from '../model';
import type { ModelRequest, ToolSpec } from './model';
import { ProxyError } from './proxyError';

/** A content is a text, or parts of which a text-only proxy takes texts. */
const contentSchema = z
  .union([
    z.string(),
    z.array(z.object({ type: z.string(), text: z.string().optional() })).nonempty(),
  ])
  .nullish();

const calledSchema = z.object({
  id: z.string(),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const messageSchema = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer', 'user']), content: contentSchema }),
  z.object({
    role: z.literal('assistant'),
    content: contentSchema,
    tool_calls: z.array(calledSchema).nullish(),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string(), content: contentSchema }),
]);

const toolSchema = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string().min(1),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
});

const longest = z.int().positive().nullish();

/** What of a request for an answer is honoured; fields that are not named here are ignored. */
const bodySchema = z.object({
  model: z.string().default(''),
  messages: z.array(messageSchema).nonempty(),
  tools: z.array(toolSchema).nullish(),
  tool_choice: z.unknown().optional(),
  max_tokens: longest,
  max_completion_tokens: longest,
  temperature: z.number().min(0).max(2).nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  n: z.int().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
});

/** A request as the run's model is asked, and how its answer is wanted. */
export interface ProxyRequest {
  readonly request: Pick<ModelRequest, 'messages' | 'tools' | 'maxTokens' | 'temperature'>;
  /** The name that was asked for: answers carry it, whichever model it was. */
  readonly model: string;
  readonly stop: readonly string[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** @throws ProxyError, with what is wrong, for whoever wrote the request */
export function parseRequest(
  text: string,
  defaults: { readonly maxTokens: number; readonly temperature: number | undefined },
): ProxyRequest {
  const parsed = bodySchema.safeParse(jsonOf(text));
  if (!parsed.success) throw badRequest(z.prettifyError(parsed.error));
  const body = parsed.data;
  if ((body.n ?? 1) !== 1) throw badRequest('Only one answer a request is given: n must be 1.');
  const asked = body.max_completion_tokens ?? body.max_tokens ?? defaults.maxTokens;
  return {
    request: {
      messages: body.messages.map(messageOf),
      tools: body.tool_choice === 'none' ? [] : (body.tools ?? []).map(toolOf),
      maxTokens: Math.min(asked, defaults.maxTokens),
      temperature: body.temperature ?? defaults.temperature,
    },
    model: body.model,
    stop: typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []),
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`The request is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
}

function badRequest(message: string): ProxyError {
  return new ProxyError(400, 'invalid_request', message);
}

function messageOf(message: z.output<typeof messageSchema>): ChatMessage {
  const content = textOf(message.content);
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content };
    case 'user':
      return { role: 'user', content };
    case 'tool':
      return { role: 'tool', tool_call_id: message.tool_call_id, content };
    case 'assistant':
      return {
        role: 'assistant',
        content,
        tool_calls: (message.tool_calls ?? []).map(
          ({ id, function: { name, arguments: args } }) => ({
            id,
            name,
            arguments: args,
          }),
        ),
      };
  }
}

function textOf(content: z.output<typeof contentSchema>): string {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  return content
    .map(({ type, text }) => {
      if (text === undefined)
        throw badRequest(`Messages may hold text only; a part of type "${type}" is not passed on.`);
      return text;
    })
    .join('');
}

function toolOf({
  function: { name, description, parameters },
}: z.output<typeof toolSchema>): ToolSpec {
  return {
    name,
    description: description ?? '',
    parameters: parameters ?? { type: 'object', properties: {} },
  };
}
