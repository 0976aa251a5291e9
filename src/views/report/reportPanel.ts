import * as vscode from 'vscode';
import { pairsOf } from '../../presentation/comparisonView';
import { progressView, trialsOfFailure } from '../../presentation/progressView';
import { RefreshQueue } from '../../presentation/refreshQueue';
import type {
  FromReportPage,
  ReportRow,
  RowAction,
  ToReportPage,
} from '../../presentation/reportMessages';
import { fromReportPageSchema } from '../../presentation/reportMessages';
import type { ReportContext } from '../../presentation/reportView';
import { flatTrials } from '../../presentation/runTree';
import type { TaskValidation } from '../../runner/index';
import { ProgressCounter } from '../../runner/model';
import type { Core } from '../core';
import type { Disposes } from '../disposables';
import { DisposableStore } from '../disposables';
import { formatTime } from '../formatTime';
import type { Patches } from '../patches';
import type { RunEntry, RunsModel } from '../runsModel';
import type { ShowError } from '../showError';
import type { TrialRef } from '../trialContent';
import { onMessage } from '../webviewHost';
import type { ExportFormat } from './exportReport';
import { exportReport } from './exportReport';
import type { ReportedRuns, ReportedStates } from './reportSource';
import { rowsOf, statesOf, viewOf } from './reportSource';
import { validationsOf } from './runValidations';

/** What the panels of reports work with. */
export interface ReportParts {
  readonly core: Core;
  readonly runs: RunsModel;
  readonly patches: Patches;
  /** What the page's rows offer of one trial. */
  readonly openTrial: (trial: TrialRef, action: RowAction) => Thenable<unknown>;
  /** Runs trials again: `infra`, in the run itself; others, in a run of their own. */
  readonly rerun: (run: RunEntry, trials: 'infra' | readonly TrialRef[]) => Thenable<unknown>;
  /** Lets the user choose what a run is compared with. */
  readonly compare: (run: RunEntry) => Thenable<unknown>;
  readonly showError: ShowError;
}

/** Rows that are sent in one message: the first of them are on the screen while the others come. */
const rowsPerMessage = 2000;
const followMs = 250;
/** Summing up a large run takes longer, and is done less often. Its progress is kept up, and told as that of others. */
const followLargeMs = 2000;
/** What is left of time changes without an event. */
const tickMs = 5000;

/** One tab with a report: answers its page, and tells it of trials as they go on. */
export class ReportPanel implements Disposes {
  readonly runs: ReportedRuns;
  readonly #parts: ReportParts;
  readonly #panel: vscode.WebviewPanel;
  readonly #store = new DisposableStore();
  readonly #abort = new AbortController();
  /** Trials that changed. */
  readonly #follow: RefreshQueue<string>;
  /** That anything did. */
  readonly #followLarge: RefreshQueue<true>;
  readonly #counter = new ProgressCounter();
  #told = { progress: '', view: '' };
  #validations: readonly TaskValidation[] = [];
  #leaveOut: boolean;
  #pageIsReady = false;

  constructor(
    panel: vscode.WebviewPanel,
    runs: ReportedRuns,
    { leaveOut, ...parts }: ReportParts & { readonly leaveOut: boolean },
  ) {
    this.runs = runs;
    this.#parts = parts;
    this.#panel = panel;
    this.#leaveOut = leaveOut;
    this.#follow = this.#store.add(
      new RefreshQueue<string>((trials) => {
        this.#run(this.#update(trials));
      }, followMs),
    );
    this.#followLarge = this.#store.add(
      new RefreshQueue<true>(() => {
        this.#run(this.#updateView());
      }, followLargeMs),
    );
    const tick = setInterval(() => {
      if (this.#pageIsReady) this.#tellProgress();
    }, tickMs);
    this.#store.add({
      dispose: () => {
        clearInterval(tick);
      },
    });
    this.#store.add(
      onMessage(panel, fromReportPageSchema, (message) => {
        this.#run(this.#answer(message));
      }),
    );
    this.#store.add(
      parts.runs.onDidChangeTrial(({ run, trial }) => {
        this.#changed(run, trial.plan.trial_id);
      }),
    );
    this.#store.add(
      parts.runs.onDidChangeRun((run) => {
        this.#changed(run);
      }),
    );
    this.#store.add(panel.onDidChangeViewState(() => (this.#pageIsReady &&= panel.visible)));
  }

  reveal(): void {
    this.#panel.reveal();
  }

  /** Writes what the page shows into a file that the user names. */
  async export(format?: ExportFormat): Promise<void> {
    const states = await this.#states();
    const validations = this.#leaveOut ? await this.#readValidations() : [];
    await exportReport(states, { format, validations });
  }

  dispose(): void {
    this.#abort.abort();
    this.#store.dispose();
  }

  #changed(run: RunEntry, trialId = ''): void {
    if (!this.#pageIsReady || !this.runs.includes(run)) return;
    this.#follow.add(trialId);
  }

  async #answer(message: FromReportPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        await this.#start();
        return;
      case 'row':
        await this.#openRow(message.id, message.action);
        return;
      case 'export':
        await this.export(message.format);
        return;
      case 'compare':
        await this.#parts.compare(this.runs[0]);
        return;
      case 'leaveOut':
        this.#leaveOut = message.leftOut;
        await this.#start();
        return;
      case 'rerun':
        await this.#rerun(message.failure);
    }
  }

  async #start(): Promise<void> {
    // Tasks left out are to be left out from the first number on.
    if (this.#leaveOut) await this.#readValidations();
    const states = await this.#states();
    const rows = rowsOf(states, this.#context());
    const runs = this.runs.map(({ listing }) => listing.runId);
    const view = viewOf(states, this.#context());
    this.#post({ type: 'start', runs, view, rows: rows.length });
    this.#told = { progress: '', view: JSON.stringify(view) };
    this.#pageIsReady = true;
    if (states.length === 1) this.#counter.take(states[0]);
    this.#tellProgress();
    this.#postRows(rows);
    if (this.#leaveOut || (await this.#readValidations()).length === 0) return;
    await this.#updateView();
  }

  async #update(trials: ReadonlySet<string>): Promise<void> {
    if (!this.#pageIsReady) return;
    const states = await this.#states();
    if (states.length === 1) this.#counter.take(states[0], trials);
    this.#tellProgress();
    if (states[0].trials.size > flatTrials) this.#followLarge.add(true);
    else await this.#updateView();
    this.#postRows(rowsOf(states, this.#context(), trials));
  }

  async #updateView(): Promise<void> {
    if (!this.#pageIsReady) return;
    const view = viewOf(await this.#states(), this.#context());
    const text = JSON.stringify(view);
    if (text === this.#told.view) return;
    this.#told.view = text;
    this.#post({ type: 'view', view });
  }

  /** Of one run; two that are compared are told by what they came to. */
  #tellProgress(): void {
    if (this.runs.length > 1) return;
    const progress = progressView(this.#counter.progress(Date.now()));
    const text = JSON.stringify(progress);
    if (text === this.#told.progress) return;
    this.#told.progress = text;
    this.#post({ type: 'progress', progress });
  }

  async #rerun(failure: string): Promise<void> {
    const [run] = this.runs;
    const [state] = await this.#states();
    const trials = trialsOfFailure(state, failure);
    const [first] = trials;
    if (first === undefined) return;
    const isBroken = state.trials.get(first)?.result?.status === 'infra_failure';
    const refs = trials.map((trialId) => ({ run, trialId }));
    await this.#parts.rerun(run, isBroken ? 'infra' : refs);
  }

  #context(): ReportContext {
    const validations = this.#validations;
    return { now: Date.now(), formatTime, validations, leaveOut: this.#leaveOut };
  }

  #states(): Promise<ReportedStates> {
    return statesOf(this.#parts.runs, this.runs);
  }

  async #readValidations(): Promise<readonly TaskValidation[]> {
    const folders = this.runs.map(({ listing }) => listing.runDir);
    const { signal } = this.#abort;
    this.#validations = await validationsOf(this.#parts.core, folders, { signal });
    return this.#validations;
  }

  async #openRow(id: string, action: RowAction): Promise<void> {
    const states = await this.#states();
    const [first, second] = this.runs;
    const [state, other] = states;
    if (second === undefined || other === undefined) {
      if (state.trials.has(id)) await this.#parts.openTrial({ run: first, trialId: id }, action);
      return;
    }
    const pair = pairsOf(state, other).find(({ key }) => key === id);
    const refOf = (run: RunEntry, trialId: string | undefined): TrialRef[] =>
      trialId === undefined ? [] : [{ run, trialId }];
    const [left, right] = [
      ...refOf(first, pair?.first?.plan.trial_id),
      ...refOf(second, pair?.second?.plan.trial_id),
    ];
    if (left === undefined) return;
    if (right === undefined) await this.#parts.openTrial(left, 'open');
    else await this.#parts.patches.compareTrials(left, right);
  }

  #postRows(rows: readonly ReportRow[]): void {
    for (let first = 0; first < rows.length; first += rowsPerMessage)
      this.#post({ type: 'rows', rows: rows.slice(first, first + rowsPerMessage) });
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#abort.signal.aborted) return;
      this.#parts.showError(error);
      if (!this.#pageIsReady)
        this.#post({ type: 'failed', message: vscode.l10n.t('The report cannot be made.') });
    });
  }

  #post(message: ToReportPage): void {
    if (!this.#abort.signal.aborted) void this.#panel.webview.postMessage(message);
  }
}
