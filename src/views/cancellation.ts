import * as vscode from 'vscode';
import type { Disposes } from './disposables';

/** An AbortSignal that follows the editor's cancellation token until it is disposed. */
export interface SignalBridge extends Disposes {
  readonly signal: AbortSignal;
}

/** The one bridge between the editor's cancellation and the core's; dispose it when the operation ended. */
export function bridgeCancellation(token: vscode.CancellationToken): SignalBridge {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  const listener = token.onCancellationRequested(() => {
    controller.abort();
  });
  return {
    signal: controller.signal,
    dispose: () => {
      listener.dispose();
    },
  };
}

/** Work that the user started, may take minutes and can be called off: shown with a *Cancel* button until it ends. */
export async function withCancel<T>(
  title: string,
  work: (signal: AbortSignal, report: (message: string) => void) => Promise<T>,
): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const bridge = bridgeCancellation(token);
    try {
      return await work(bridge.signal, (message) => {
        progress.report({ message });
      });
    } finally {
      bridge.dispose();
    }
  });
}
