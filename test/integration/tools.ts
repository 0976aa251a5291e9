import * as vscode from 'vscode';

/** Calls a tool as the editor's own agent does, and gives its text. */
export async function invoke(name: string, input: object = {}): Promise<string> {
  const result = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
  return result.content
    .map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ''))
    .join('');
}

export async function told(name: string, input: object = {}): Promise<Record<string, unknown>> {
  return JSON.parse(await invoke(name, input)) as Record<string, unknown>;
}

/** Whether the editor's user has said that no tool needs to ask; opening a task does otherwise. */
export async function approveTools(approve: boolean): Promise<void> {
  // The editor's own tests say with it that nobody is there who could confirm the confirmation.
  const noDialog = 'vscode.chat.tools.global.autoApprove.testMode';
  await vscode.commands.executeCommand('setContext', noDialog, approve);
  await vscode.workspace
    .getConfiguration('chat.tools.global')
    .update('autoApprove', approve ? true : undefined, vscode.ConfigurationTarget.Global);
}
