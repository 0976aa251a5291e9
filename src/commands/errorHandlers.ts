import * as vscode from 'vscode';
import type { ErrorHandlers } from '../views/showError';
import { runCommand } from './contract';

/** What the buttons of error messages do. */
export function createErrorHandlers(extensionId: string): ErrorHandlers {
  const run = (command: string, ...args: readonly unknown[]): void =>
    void vscode.commands.executeCommand(command, ...args);
  return {
    'check-setup': () => void runCommand('benchyard.setup.check'),
    'enter-key': () => void runCommand('benchyard.model.setKey'),
    'clean-up': () => void runCommand('benchyard.setup.cleanUp'),
    'open-settings': () => {
      run('workbench.action.openSettings', `@ext:${extensionId}`);
    },
    'refresh-runs': () => void runCommand('benchyard.runs.refresh'),
    'show-problems': () => {
      run('workbench.actions.view.problems');
    },
    'show-log': () => void runCommand('benchyard.log.show'),
    'report-issue': () => {
      run('workbench.action.openIssueReporter', { extensionId });
    },
  };
}
