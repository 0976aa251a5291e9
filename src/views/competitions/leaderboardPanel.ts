import * as vscode from 'vscode';
import type {
  EntryAction,
  FromLeaderboardPage,
  ToLeaderboardPage,
} from '../../presentation/leaderboardMessages';
import { fromLeaderboardPageSchema } from '../../presentation/leaderboardMessages';
import { RefreshQueue } from '../../presentation/refreshQueue';
import type { CompetitionPage } from '../../runner/index';
import type { Disposes } from '../disposables';
import { DisposableStore } from '../disposables';
import type { RunsModel } from '../runsModel';
import type { ShowError } from '../showError';
import type { TrialRef } from '../trialContent';
import { onMessage } from '../webviewHost';
import type { CompetitionTrials } from './competitionTrials';
import type { Competitions } from './competitions';
import type { BoardQuery } from './leaderboardSource';
import { trialOfEntry, viewOfBoard } from './leaderboardSource';

/** What the panels of leaderboards work with. */
export interface LeaderboardParts {
  readonly competitions: Competitions;
  readonly trials: CompetitionTrials;
  readonly runs: RunsModel;
  /** What the page's rows offer of one trial. */
  readonly openEntry: (trial: TrialRef, action: EntryAction) => Thenable<unknown>;
  readonly showError: ShowError;
}

/** One tab with a leaderboard: answers its page, and tells it of trials that end. */
export class LeaderboardPanel implements Disposes {
  readonly query: BoardQuery;
  readonly #panel: vscode.WebviewPanel;
  readonly #parts: LeaderboardParts;
  readonly #store = new DisposableStore();
  readonly #queue = this.#store.add(
    new RefreshQueue<null>(() => {
      this.#run(this.#show());
    }, 250),
  );
  #page: Promise<CompetitionPage> | undefined;
  #pageIsReady = false;
  #disposed = false;

  constructor(panel: vscode.WebviewPanel, query: BoardQuery, parts: LeaderboardParts) {
    this.query = query;
    this.#panel = panel;
    this.#parts = parts;
    this.#store.add(
      onMessage(panel, fromLeaderboardPageSchema, (message) => {
        this.#run(this.#answer(message));
      }),
    );
    this.#store.add(
      parts.runs.onDidChangeTrial(({ run, trial }) => {
        const isShown = query.run === null || query.run === run;
        const id = trial.result?.competition?.competition_id;
        if (this.#pageIsReady && isShown && id === query.competition) this.#queue.add(null);
      }),
    );
    this.#store.add(panel.onDidChangeViewState(() => (this.#pageIsReady &&= panel.visible)));
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    this.#disposed = true;
    this.#store.dispose();
  }

  async #answer(message: FromLeaderboardPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#pageIsReady = true;
        await this.#show();
        return;
      case 'entry': {
        const trial = trialOfEntry(message.id, this.#parts.runs);
        if (trial !== undefined) await this.#parts.openEntry(trial, message.action);
      }
    }
  }

  async #show(): Promise<void> {
    const { competitions, trials, runs } = this.#parts;
    const { competition, run } = this.query;
    this.#page ??= (run === null ? Promise.resolve(competitions.place) : trials.placeOf(run)).then(
      (place) => competitions.page(competition, place),
    );
    const view = await viewOfBoard(this.query, await this.#page, runs);
    const subject = { competition, run: run?.listing.runId ?? null };
    this.#post({ type: 'show', subject, view });
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#disposed) return;
      this.#page = undefined;
      this.#parts.showError(error);
      this.#post({ type: 'failed', message: vscode.l10n.t('The leaderboard cannot be shown.') });
    });
  }

  #post(message: ToLeaderboardPage): void {
    if (!this.#disposed) void this.#panel.webview.postMessage(message);
  }
}
