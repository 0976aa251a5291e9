import * as vscode from 'vscode';
import type { ToolHost } from '../../agentTools/index';
import { bridgeCancellation } from '../cancellation';

/** Opening a task takes a sandbox and time: the user is asked. What happens inside of it harms nothing. */
const asking: readonly string[] = ['benchyard_open_task'];

/** Offers the tools that the manifest contributes to the editor's agents. What they do is loaded at the first call. */
export function registerLanguageModelTools(
  extension: vscode.Extension<unknown>,
  host: () => Promise<ToolHost>,
): vscode.Disposable {
  return vscode.Disposable.from(
    ...contributed(extension).map(({ name, displayName }) =>
      vscode.lm.registerTool<object>(name, {
        prepareInvocation: ({ input }) => ({
          invocationMessage: displayName,
          ...(asking.includes(name)
            ? {
                confirmationMessages: {
                  title: displayName,
                  message: vscode.l10n.t(
                    'Start a sandbox for the task {0}?',
                    'task_id' in input ? String(input.task_id) : '',
                  ),
                },
              }
            : {}),
        }),
        invoke: async ({ input }, token) => invoke(name, input, { host: await host(), token }),
      }),
    ),
  );
}

async function invoke(
  name: string,
  input: object,
  { host, token }: { readonly host: ToolHost; readonly token: vscode.CancellationToken },
): Promise<vscode.LanguageModelToolResult> {
  const { agentTool, callTool } = await import('../../agentTools/index');
  const tool = agentTool(name);
  if (tool === undefined) throw new Error(`the manifest has a tool ${name} that nobody made`);
  const bridge = bridgeCancellation(token);
  try {
    const { text } = await callTool(tool, input, { host, signal: bridge.signal });
    return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
  } finally {
    bridge.dispose();
  }
}

interface ContributedTool {
  readonly name: string;
  readonly displayName: string;
}

/** The manifest is this extension's own, so its shape is known. */
function contributed(extension: vscode.Extension<unknown>): readonly ContributedTool[] {
  const { contributes } = extension.packageJSON as {
    readonly contributes: { readonly languageModelTools: readonly ContributedTool[] };
  };
  return contributes.languageModelTools;
}
