import * as vscode from 'vscode';
import type { ValidationMark } from '../presentation/taskTree';

const scheme = 'benchyard-task';

/** Names a task with what validation found of it: a row with this resource gets the mark's badge. */
export function decoratedTask(taskId: string, mark: ValidationMark): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${taskId}`, query: mark });
}

/** Badges of the marks that validation leaves; good tasks have the quietest. */
export function registerTaskDecorations(): vscode.Disposable {
  const decorations: Readonly<Record<string, vscode.FileDecoration>> = {
    good: new vscode.FileDecoration('✓', vscode.l10n.t('Validated: good')),
    flaky: new vscode.FileDecoration(
      '~',
      vscode.l10n.t('Validated: flaky'),
      new vscode.ThemeColor('list.warningForeground'),
    ),
    broken: new vscode.FileDecoration(
      '!',
      vscode.l10n.t('Validated: broken'),
      new vscode.ThemeColor('list.errorForeground'),
    ),
  };
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration: (uri) => (uri.scheme === scheme ? decorations[uri.query] : undefined),
  });
}
