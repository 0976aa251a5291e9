import * as vscode from 'vscode';
import { bodyOf } from '../../presentation/trajectoryBody';
import { headerOf } from '../../presentation/trajectoryHeader';
import { RefreshQueue } from '../../presentation/refreshQueue';
import type { FromPage, ToPage, TrajectoryHeader } from '../../presentation/trajectoryMessages';
import { fromPageSchema } from '../../presentation/trajectoryMessages';
import { rowOf } from '../../presentation/trajectoryIndex';
import type { StepRange, StepSummary } from '../../runner/index';
import type { Core } from '../core';
import type { Disposes } from '../disposables';
import { DisposableStore } from '../disposables';
import { documentUri } from '../documents';
import type { RunsModel } from '../runsModel';
import type { ShowError } from '../showError';
import type { TrialContent, TrialRef } from '../trialContent';
import { onMessage } from '../webviewHost';
import type { FlowPrograms } from './flowPrograms';
import type { StepChanges } from './stepChanges';
import { TrialSteps } from './trialSteps';

/** What the panels of trajectories work with. */
export interface TrajectoryParts {
  readonly core: Core;
  readonly runs: RunsModel;
  readonly content: TrialContent;
  readonly changes: StepChanges;
  readonly programs: FlowPrograms;
  readonly showError: ShowError;
}

/** Rows that are sent in one message: the first of them are on the screen while the others come. */
const rowsPerMessage = 2000;
const followMs = 150;

/** One tab with one trial's trajectory: answers its page, and tells it of steps as they come. */
export class TrajectoryPanel implements Disposes {
  readonly trial: TrialRef;
  readonly #parts: TrajectoryParts;
  readonly #panel: vscode.WebviewPanel;
  readonly #store = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #steps: TrialSteps;
  readonly #follow: RefreshQueue<'steps'>;
  #search = new AbortController();
  #selection: { readonly from: number; readonly to: number } | null = null;
  #reveal: number | null = null;
  /** What is under way is done before the next begins, so that steps reach the page once and in order. */
  #queue: Promise<void> = Promise.resolve();
  #pageIsReady = false;

  constructor(panel: vscode.WebviewPanel, trial: TrialRef, parts: TrajectoryParts) {
    this.trial = trial;
    this.#parts = parts;
    this.#panel = panel;
    this.#steps = new TrialSteps(parts.core, trial, { signal: this.#abort.signal });
    this.#follow = this.#store.add(
      new RefreshQueue<'steps'>(() => {
        this.#then(() => this.#readOn());
      }, followMs),
    );
    this.#store.add(
      onMessage(panel, fromPageSchema, (message) => {
        this.#answer(message);
      }),
    );
    this.#store.add(
      parts.runs.onDidChangeTrial(({ run, trial: changed }) => {
        const here = run.listing.runDir === trial.run.listing.runDir;
        if (here && changed.plan.trial_id === trial.trialId) this.#follow.add('steps');
      }),
    );
    this.#store.add(panel.onDidChangeViewState(() => (this.#pageIsReady &&= panel.visible)));
  }

  /** The steps that are selected in the page, first and last; null before it said so. */
  get selection(): { readonly from: number; readonly to: number } | null {
    return this.#selection;
  }

  get lastStep(): number {
    return this.#steps.last;
  }

  reveal(step: number | undefined): void {
    this.#panel.reveal();
    if (step === undefined) return;
    if (this.#pageIsReady) this.#post({ type: 'reveal', step });
    else this.#reveal = step;
  }

  dispose(): void {
    this.#abort.abort();
    this.#search.abort();
    this.#store.dispose();
  }

  #answer(message: FromPage): void {
    switch (message.type) {
      case 'ready':
        this.#then(() => this.#start());
        return;
      case 'bodies':
        this.#run(this.#sendBodies(message.steps, message.whole));
        return;
      case 'search':
        this.#run(this.#find(message.search, message.text));
        return;
      case 'selected':
        this.#selection = { from: message.from, to: message.to };
        return;
      case 'openDiff':
        this.#openDiff({ from: message.from - 1, to: message.to });
        return;
      case 'diffSinceStart':
        this.#openDiff({ from: 0, to: this.#selection?.to ?? this.#steps.last });
        return;
      case 'openOutput':
        this.#run(this.#openOutput(message.step));
        return;
      case 'openProgram':
        this.#run(this.#parts.programs.open(this.trial, message.step));
        return;
      case 'openTest':
        this.#run(this.#parts.programs.openTest(this.trial, message.step, message.test));
    }
  }

  async #start(): Promise<void> {
    const header = await this.#header();
    await this.#steps.readOn();
    const { known } = this.#steps;
    const { run, trialId } = this.trial;
    this.#post({
      type: 'start',
      run: run.listing.runId,
      trial: trialId,
      header,
      steps: known.length,
      reveal: this.#reveal,
    });
    this.#reveal = null;
    this.#pageIsReady = true;
    this.#postRows(known);
  }

  /** Tells the page what came since. */
  async #readOn(): Promise<void> {
    if (!this.#pageIsReady) return;
    const state = await this.#parts.content.state(this.trial);
    if (state.agentStats.steps < this.#steps.last) {
      this.#steps.clear();
      await this.#start();
      return;
    }
    const steps = await this.#steps.readOn();
    this.#post({ type: 'header', header: await this.#header() });
    this.#postRows(steps);
  }

  #postRows(steps: readonly StepSummary[]): void {
    for (let first = 0; first < steps.length; first += rowsPerMessage) {
      const rows = steps.slice(first, first + rowsPerMessage).map(rowOf);
      this.#post({ type: 'rows', rows });
    }
  }

  async #header(): Promise<TrajectoryHeader> {
    const { run } = this.trial;
    const trial = await this.#parts.content.state(this.trial);
    const runState = await this.#parts.runs.read(run);
    return headerOf(trial, {
      agent: runState?.plan?.agent ?? trial.result?.agent ?? '',
      model: runState?.plan?.model ?? trial.result?.model ?? null,
      attempts: runState?.plan?.config.attempts ?? 1,
      alive: runState?.phase === 'running',
    });
  }

  async #sendBodies(steps: readonly number[], whole: boolean): Promise<void> {
    const bodies = await this.#steps.bodies(steps);
    this.#post({ type: 'bodies', bodies: bodies.map((body) => bodyOf(body, { whole })) });
  }

  async #find(search: number, text: string): Promise<void> {
    this.#search.abort();
    const current = new AbortController();
    this.#search = current;
    if (text === '') return;
    try {
      for await (const steps of this.#steps.search(text, current.signal)) {
        this.#post({ type: 'found', search, steps: [...steps], done: false });
      }
      this.#post({ type: 'found', search, steps: [], done: true });
    } catch (error) {
      if (!current.signal.aborted) throw error;
    }
  }

  #openDiff(range: StepRange): void {
    this.#run(this.#parts.changes.open(this.trial, range));
  }

  async #openOutput(step: number): Promise<void> {
    const [body] = await this.#steps.bodies([step]);
    if (body?.kind !== 'tool' || body.output_file === null) return;
    const { run, trialId } = this.trial;
    const query = { kind: 'output', run: run.listing.runId, trial: trialId } as const;
    const uri = documentUri({ ...query, file: body.output_file }, `${trialId}/${body.output_file}`);
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  /** After what is under way; a page that is gone needs nothing. */
  #then(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      this.#failed(error);
    });
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#failed(error);
    });
  }

  #failed(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#parts.showError(error);
    if (!this.#pageIsReady) {
      this.#post({ type: 'failed', message: vscode.l10n.t('The trajectory cannot be read.') });
    }
  }

  #post(message: ToPage): void {
    if (!this.#abort.signal.aborted) void this.#panel.webview.postMessage(message);
  }
}
