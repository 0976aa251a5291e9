import * as vscode from 'vscode';

/** Opens a terminal with a shell in a sandbox; `command` is what enters it. */
export function openSandboxShell(
  name: string,
  command: readonly string[],
  options: Pick<vscode.TerminalOptions, 'message'> = {},
): void {
  const [shellPath, ...shellArgs] = command;
  if (shellPath === undefined) throw new Error('a sandbox without a command that enters it');
  vscode.window.createTerminal({ ...options, name, shellPath, shellArgs }).show();
}
