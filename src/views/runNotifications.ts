import * as vscode from 'vscode';
import { runEndMessage } from '../presentation/notifications';
import type { RunState } from '../runner/index';
import type { Config } from './config';
import type { RunEntry } from './runsModel';

export interface NotificationParts {
  readonly runsVisible: () => boolean;
  readonly openReport: (run: RunEntry) => Thenable<unknown>;
}

/** Tells the end of a long run to somebody who looks elsewhere. One message at a time; the user can switch them off. */
export class RunNotifications {
  readonly #config: Config;
  readonly #parts: NotificationParts;
  #shown = false;

  constructor(config: Config, parts: NotificationParts) {
    this.#config = config;
    this.#parts = parts;
  }

  async runEnded(run: RunEntry, state: RunState): Promise<void> {
    const message = runEndMessage(state, {
      windowFocused: vscode.window.state.focused,
      runsVisible: this.#parts.runsVisible(),
      wanted: this.#config.notifyWhenRunEnds,
      now: Date.now(),
    });
    if (message === null || this.#shown) return;
    this.#shown = true;
    try {
      await this.#ask(message, run);
    } finally {
      this.#shown = false;
    }
  }

  async #ask(message: string, run: RunEntry): Promise<void> {
    const show = vscode.l10n.t('Open Report');
    const stop = vscode.l10n.t("Don't Show Again");
    const chosen = await vscode.window.showInformationMessage(message, show, stop);
    if (chosen === show) await this.#parts.openReport(run);
    if (chosen === stop) await this.#config.stopNotifying();
  }
}
