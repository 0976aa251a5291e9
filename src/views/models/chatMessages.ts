import * as vscode from 'vscode';
import type { ChatMessage, ToolCall } from '../../runner/index';

type UserPart = vscode.LanguageModelTextPart | vscode.LanguageModelToolResultPart;

/**
 * A conversation as the editor's models take it. They know users and assistants only: what the system says is said by the
 * user, and the answers to calls that were made together stand in one message.
 */
export function toEditorMessages(
  messages: readonly ChatMessage[],
): readonly vscode.LanguageModelChatMessage[] {
  const told: vscode.LanguageModelChatMessage[] = [];
  let results: UserPart[] = [];
  const tellResults = (): void => {
    if (results.length > 0) told.push(vscode.LanguageModelChatMessage.User(results));
    results = [];
  };
  for (const message of messages) {
    if (message.role === 'tool') {
      const text = new vscode.LanguageModelTextPart(message.content);
      results.push(new vscode.LanguageModelToolResultPart(message.tool_call_id, [text]));
      continue;
    }
    tellResults();
    const one = toEditorMessage(message);
    if (one !== null) told.push(one);
  }
  tellResults();
  return told;
}

function toEditorMessage(
  message: Exclude<ChatMessage, { role: 'tool' }>,
): vscode.LanguageModelChatMessage | null {
  if (message.role !== 'assistant') return vscode.LanguageModelChatMessage.User(message.content);
  const text = message.content === '' ? [] : [new vscode.LanguageModelTextPart(message.content)];
  const calls = message.tool_calls.map(
    (call) => new vscode.LanguageModelToolCallPart(call.id, call.name, argumentsOf(call.arguments)),
  );
  // Providers refuse a message without content.
  return text.length + calls.length === 0
    ? null
    : vscode.LanguageModelChatMessage.Assistant([...text, ...calls]);
}

/** What a model wrote as arguments may be no JSON; the conversation still has to be told. */
function argumentsOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // told as it was written
  }
  return { text };
}

/** A call as the editor's model made it, in the words of every model. */
export function toToolCall(part: vscode.LanguageModelToolCallPart): ToolCall {
  return { id: part.callId, name: part.name, arguments: JSON.stringify(part.input) };
}
