import * as vscode from 'vscode';
import { describeError, type ErrorAction } from '../presentation/errorActions';

/** What the buttons of an error message do; made by extension.ts from the commands. */
export type ErrorHandlers = Readonly<Record<ErrorAction, () => void>>;

const titles: Readonly<Record<ErrorAction, () => string>> = {
  'check-setup': () => vscode.l10n.t('Check Setup'),
  'enter-key': () => vscode.l10n.t('Enter Key'),
  'clean-up': () => vscode.l10n.t('Clean Up…'),
  'open-settings': () => vscode.l10n.t('Open Settings'),
  'refresh-runs': () => vscode.l10n.t('Refresh Runs'),
  'show-problems': () => vscode.l10n.t('Show Problems'),
  'show-log': () => vscode.l10n.t('Show Log'),
  'report-issue': () => vscode.l10n.t('Report Issue'),
};

/** Shows anything that was thrown, once, where it is handled: message, what can be done, and the log for defects. */
export type ShowError = (error: unknown) => void;

export function createShowError(log: vscode.LogOutputChannel, handlers: ErrorHandlers): ShowError {
  return (error) => {
    const shown = describeError(error);
    if (shown === null) return;
    // The stack and the causes are for the log; the message is for the person.
    log.error(error instanceof Error ? error : String(error));
    for (let cause = causeOf(error); cause !== null; cause = causeOf(cause)) {
      log.error(`caused by: ${cause.stack ?? cause.message}`);
    }
    const message = shown.unexpected
      ? vscode.l10n.t('Benchyard failed unexpectedly: {0}', shown.message)
      : shown.message;
    const buttons = shown.actions.map((action) => ({ title: titles[action](), action }));
    void vscode.window.showErrorMessage(message, ...buttons).then((chosen) => {
      if (chosen !== undefined) handlers[chosen.action]();
    });
  };
}

function causeOf(error: unknown): Error | null {
  return error instanceof Error && error.cause instanceof Error ? error.cause : null;
}
