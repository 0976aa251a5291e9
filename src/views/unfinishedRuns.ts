import * as vscode from 'vscode';
import { runName } from '../presentation/runTree';
import { totalsOf } from '../runner/model';
import type { Config } from './config';
import type { Disposes } from './disposables';
import type { RunControl } from './runControl';
import type { RunEntry, RunsModel } from './runsModel';
import type { ShowError } from './showError';

const memoryKey = 'runsOfThisWindow';

export interface UnfinishedRunsOptions {
  readonly memory: vscode.Memento;
  readonly config: Config;
  readonly runs: RunsModel;
  readonly control: RunControl;
  /** The command that goes on with a run and shows it. */
  readonly resume: (run: RunEntry) => Thenable<void>;
  readonly showError: ShowError;
}

/**
 * Runs end with the window that runs them, also when it is only reloaded. This remembers which ones went on, and offers
 * to go on with them when the window is back and its runs are first shown.
 */
export class UnfinishedRuns implements Disposes {
  readonly #options: UnfinishedRunsOptions;
  readonly #left: readonly string[];
  readonly #listeners: readonly Disposes[];

  constructor(options: UnfinishedRunsOptions) {
    this.#options = options;
    this.#left = options.memory.get<readonly string[]>(memoryKey) ?? [];
    const listed = options.runs.onDidChangeList(() => {
      listed.dispose();
      void this.#offer().catch(options.showError);
    });
    const changed = options.control.onDidChange(() => {
      // Runs that the closing window cancels are those to come back to.
      if (!options.control.closing) void this.#remember();
    });
    this.#listeners = [listed, changed];
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose();
  }

  async #remember(): Promise<void> {
    const { memory, control } = this.#options;
    await memory.update(
      memoryKey,
      control.running.map((run) => run.listing.runDir),
    );
  }

  async #offer(): Promise<void> {
    if (this.#left.length === 0) return;
    await this.#remember();
    if (!vscode.workspace.isTrusted || !this.#options.config.notifyWhenRunEnds) return;
    for (const runDir of this.#left) {
      const run = this.#options.runs.get(runDir);
      if (run !== undefined) await this.#ask(run);
    }
  }

  async #ask(run: RunEntry): Promise<void> {
    const { runs, config } = this.#options;
    const state = await runs.read(run);
    if (state === null || state.phase === 'running') return;
    const totals = totalsOf(state);
    if (totals.incomplete === 0) return;
    const resume = vscode.l10n.t('Resume Run');
    const stop = vscode.l10n.t("Don't Show Again");
    const message = vscode.l10n.t(
      '{0} stopped with its window after {1} of {2} trials.',
      runName(state),
      totals.completed,
      totals.total,
    );
    const chosen = await vscode.window.showInformationMessage(message, resume, stop);
    if (chosen === resume) await this.#options.resume(run);
    if (chosen === stop) await config.stopNotifying();
  }
}
