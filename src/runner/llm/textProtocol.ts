import type { ChatMessage, ToolCall } from '../model';
import type { ToolSpec } from './model';

/** The word that a fence begins with whose block is a tool call. */
const word = 'tool';

const fenceLine = /^ {0,3}(`{3,}|~{3,})\s*(.*?)\s*$/;

/** What a model is told that calls tools in its text. */
export function instructions(tools: readonly ToolSpec[]): string {
  const list = tools.map(({ name, description, parameters }) =>
    [`## ${name}`, description, `Arguments (JSON schema): ${JSON.stringify(parameters)}`].join(
      '\n',
    ),
  );
  return [
    '# Tools',
    'You call a tool by writing a fenced block that begins with `tool` and the name of the tool. In the block stand the arguments as one JSON object:',
    '```tool NAME\n{"argument": "value"}\n```',
    'For a tool with one argument that is a text, the block may hold this text as it is instead of JSON. When the arguments contain a line of three backticks, fence them with four.',
    'You may call several tools in one answer. End your answer after the last block; the results come with the next message.',
    ...list,
  ].join('\n\n');
}

/** Free text and tool calls of an answer. */
export interface ParsedText {
  readonly text: string;
  readonly calls: readonly Omit<ToolCall, 'id'>[];
}

/**
 * Takes the tool calls out of an answer. A block without an end is one too: models forget the last fence, or were cut off,
 * and then whoever parses the arguments says what is wrong with them.
 */
export function parseText(answer: string, tools: readonly ToolSpec[]): ParsedText {
  const text: string[] = [];
  const calls: Omit<ToolCall, 'id'>[] = [];
  const lines = answer.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const [, fence = '', info = ''] = fenceLine.exec(line) ?? [];
    if (fence === '') {
      text.push(line);
      continue;
    }
    const end = closingLine(lines, at + 1, fence);
    const content = lines.slice(at + 1, end).join('\n');
    if (info === word || info.startsWith(`${word} `))
      calls.push(callOf(info.slice(word.length).trim(), content, tools));
    else text.push(...lines.slice(at, end + 1));
    at = end;
  }
  return { text: text.join('\n').trim(), calls };
}

function closingLine(lines: readonly string[], from: number, fence: string): number {
  const isEnd = (line: string): boolean => {
    const [, marks = '', rest = ''] = fenceLine.exec(line) ?? [];
    return rest === '' && marks.startsWith(fence);
  };
  const found = lines.findIndex((line, index) => index >= from && isEnd(line));
  return found === -1 ? lines.length : found;
}

function callOf(name: string, content: string, tools: readonly ToolSpec[]): Omit<ToolCall, 'id'> {
  const value = objectIn(content);
  // Without a name the block says it itself.
  if (name === '' && value !== null && typeof value['name'] === 'string')
    return { name: value['name'], arguments: JSON.stringify(value['arguments'] ?? {}) };
  if (value !== null || content.trim() === '')
    return { name, arguments: value === null ? '{}' : content };
  const only = onlyText(tools.find((tool) => tool.name === name));
  return { name, arguments: only === null ? content : JSON.stringify({ [only]: content }) };
}

function objectIn(content: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(content);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The one required argument of a tool when it is a text. */
function onlyText(tool: ToolSpec | undefined): string | null {
  const { required, properties } = tool?.parameters ?? {};
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  const [name, ...more] = names;
  if (typeof name !== 'string' || more.length > 0 || !isRecord(properties)) return null;
  const property = properties[name];
  return isRecord(property) && property['type'] === 'string' ? name : null;
}

/** The conversation as a model reads it that knows nothing of tool calls: speakers take turns, results are the user's. */
export function asTexts(
  messages: readonly ChatMessage[],
  tools: readonly ToolSpec[],
): readonly ChatMessage[] {
  const names = new Map<string, string>();
  const texts: ChatMessage[] = [];
  const say = (role: 'system' | 'user', content: string): void => {
    const last = texts.at(-1);
    if (last?.role === role)
      texts[texts.length - 1] = { role, content: `${last.content}\n\n${content}` };
    else texts.push({ role, content });
  };
  if (messages[0]?.role !== 'system' && tools.length > 0) say('system', instructions(tools));
  for (const [n, message] of messages.entries()) {
    if (message.role === 'assistant') {
      for (const { id, name } of message.tool_calls) names.set(id, name);
      texts.push({ role: 'assistant', content: withBlocks(message), tool_calls: [] });
    } else if (message.role === 'tool') {
      const name = names.get(message.tool_call_id) ?? message.tool_call_id;
      say('user', `Result of ${name}:\n${message.content}`);
    } else {
      say(message.role, message.content);
      if (n === 0 && message.role === 'system' && tools.length > 0)
        say('system', instructions(tools));
    }
  }
  return texts;
}

function withBlocks({
  content,
  tool_calls: calls,
}: Extract<ChatMessage, { role: 'assistant' }>): string {
  const blocks = calls.map(({ name, arguments: args }) => {
    const fence = fenceAround(args);
    return `${fence}${word} ${name}\n${args}\n${fence}`;
  });
  return [content, ...blocks].filter((part) => part !== '').join('\n\n');
}

/** A fence longer than any in the text. */
function fenceAround(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  return '`'.repeat(longest + 1);
}
