import * as vscode from 'vscode';
import { runEndMessage } from '../presentation/notifications';
import type { RunState } from '../runner/index';
import type { Config } from './config';

/** Tells the end of a long run to somebody who looks elsewhere. One message at a time; the user can switch them off. */
export class RunNotifications {
  readonly #config: Config;
  readonly #runsVisible: () => boolean;
  #shown = false;

  constructor(config: Config, runsVisible: () => boolean) {
    this.#config = config;
    this.#runsVisible = runsVisible;
  }

  async runEnded(state: RunState): Promise<void> {
    const message = runEndMessage(state, {
      windowFocused: vscode.window.state.focused,
      runsVisible: this.#runsVisible(),
      wanted: this.#config.notifyWhenRunEnds,
      now: Date.now(),
    });
    if (message === null || this.#shown) return;
    this.#shown = true;
    try {
      await this.#ask(message);
    } finally {
      this.#shown = false;
    }
  }

  async #ask(message: string): Promise<void> {
    const show = vscode.l10n.t('Show Runs');
    const stop = vscode.l10n.t("Don't Show Again");
    const chosen = await vscode.window.showInformationMessage(message, show, stop);
    if (chosen === show) await vscode.commands.executeCommand('benchyard.runs.focus');
    if (chosen === stop) await this.#config.stopNotifying();
  }
}
