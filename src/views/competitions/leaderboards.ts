import * as vscode from 'vscode';
import type { Disposes } from '../disposables';
import type { WebviewHost } from '../webviewHost';
import { viewTypeOf } from '../webviewHost';
import type { LeaderboardPanel, LeaderboardParts } from './leaderboardPanel';
import type { BoardQuery } from './leaderboardSource';

/** The tabs with leaderboards: one a competition and run, opened when a person asks for it and by the editor after a reload. */
export class Leaderboards implements Disposes, vscode.WebviewPanelSerializer {
  readonly #host: WebviewHost;
  readonly #parts: LeaderboardParts;
  readonly #panels = new Map<string, LeaderboardPanel>();

  constructor(host: WebviewHost, parts: LeaderboardParts) {
    this.#host = host;
    this.#parts = parts;
  }

  register(): vscode.Disposable {
    return vscode.window.registerWebviewPanelSerializer(viewTypeOf('leaderboard'), this);
  }

  async open(query: BoardQuery): Promise<void> {
    const known = this.#panels.get(keyOf(query));
    if (known !== undefined) {
      known.reveal();
      return;
    }
    const tab = this.#host.open('leaderboard', titleOf(query));
    await this.#adopt(tab, query);
    this.#host.fill('leaderboard', tab);
  }

  async deserializeWebviewPanel(tab: vscode.WebviewPanel, remembered: unknown): Promise<void> {
    try {
      const { leaderboardSubjectSchema } = await import('../../presentation/leaderboardMessages');
      const { competition, run: runId } = leaderboardSubjectSchema.parse(remembered);
      const run = runId === null ? null : await this.#parts.runs.find(runId);
      if (run === undefined) throw new Error('the run is gone');
      await this.#adopt(tab, { competition, run });
      this.#host.fill('leaderboard', tab);
    } catch {
      // A run was deleted meanwhile, or the page never came to say what it shows: there is nothing to restore.
      tab.dispose();
    }
  }

  /** The tabs stay: a window that is reloaded shows them again. */
  dispose(): void {
    for (const panel of this.#panels.values()) panel.dispose();
  }

  async #adopt(tab: vscode.WebviewPanel, query: BoardQuery): Promise<void> {
    // Loaded with the first tab: the schemas of its messages take a third of the time to activate.
    const { LeaderboardPanel } = await import('./leaderboardPanel');
    const panel = new LeaderboardPanel(tab, query, this.#parts);
    const key = keyOf(query);
    this.#panels.set(key, panel);
    tab.onDidDispose(() => {
      panel.dispose();
      if (this.#panels.get(key) === panel) this.#panels.delete(key);
    });
  }
}

function keyOf({ competition, run }: BoardQuery): string {
  return `${competition}\n${run?.listing.runDir ?? ''}`;
}

function titleOf({ competition }: BoardQuery): string {
  return vscode.l10n.t('Leaderboard: {0}', competition);
}
