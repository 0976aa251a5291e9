import * as vscode from 'vscode';

const mostRounds = 8;

export interface Conversation {
  readonly model: vscode.LanguageModelChat;
  readonly messages: readonly vscode.LanguageModelChatMessage[];
  /** What the model may call; others are refused. */
  readonly tools: readonly vscode.LanguageModelToolInformation[];
  readonly toolToken: vscode.ChatParticipantToolToken;
  readonly onText: (text: string) => void;
  /** Called for each call before it is made. */
  readonly onCall: (input: object) => void;
  readonly token: vscode.CancellationToken;
}

/** Lets the model answer, calling tools as often as it likes but no more than the bound; the last round has none. */
export async function converse(conversation: Conversation): Promise<void> {
  const messages = [...conversation.messages];
  for (let round = 1; round <= mostRounds; round += 1) {
    const { text, calls } = await ask(conversation, messages, round < mostRounds);
    if (calls.length === 0) return;
    const words = text === '' ? [] : [new vscode.LanguageModelTextPart(text)];
    messages.push(vscode.LanguageModelChatMessage.Assistant([...words, ...calls]));
    const results = [];
    for (const call of calls) results.push(await answer(call, conversation));
    messages.push(vscode.LanguageModelChatMessage.User(results));
  }
}

async function ask(
  { model, tools, onText, token }: Conversation,
  messages: vscode.LanguageModelChatMessage[],
  mayCall: boolean,
): Promise<{ readonly text: string; readonly calls: vscode.LanguageModelToolCallPart[] }> {
  const offered = mayCall
    ? tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }))
    : [];
  const response = await model.sendRequest(messages, { tools: offered }, token);
  let text = '';
  const calls: vscode.LanguageModelToolCallPart[] = [];
  for await (const part of response.stream) {
    if (part instanceof vscode.LanguageModelTextPart) {
      text += part.value;
      onText(part.value);
    } else if (part instanceof vscode.LanguageModelToolCallPart) {
      calls.push(part);
    }
  }
  return { text, calls };
}

async function answer(
  call: vscode.LanguageModelToolCallPart,
  { tools, toolToken, token, onCall }: Conversation,
): Promise<vscode.LanguageModelToolResultPart> {
  if (!tools.some(({ name }) => name === call.name)) {
    return result(call, [new vscode.LanguageModelTextPart(`There is no tool "${call.name}".`)]);
  }
  onCall(call.input);
  const options = { input: call.input, toolInvocationToken: toolToken };
  try {
    return result(call, (await vscode.lm.invokeTool(call.name, options, token)).content);
  } catch (error) {
    if (token.isCancellationRequested) throw error;
    // Arguments that do not fit its schema: the model reads why and tries again.
    const why = error instanceof Error ? error.message : String(error);
    return result(call, [new vscode.LanguageModelTextPart(why)]);
  }
}

function result(
  call: vscode.LanguageModelToolCallPart,
  content: vscode.LanguageModelToolResult['content'],
): vscode.LanguageModelToolResultPart {
  return new vscode.LanguageModelToolResultPart(call.callId, content);
}
