import * as vscode from 'vscode';
import { toCrLf } from '../presentation/format';
import { stageLabel, statusLabel } from '../presentation/trialLabels';
import type { OutputChunk, TrialState } from '../runner/index';
import type { RunControl } from './runControl';
import type { RunsModel } from './runsModel';
import type { TrialContent, TrialRef } from './trialContent';
import { DisposableStore } from './disposables';

/** A terminal that shows one trial with its colours: what was printed so far, then what comes. */
export function openLiveTerminal(
  trial: TrialRef,
  sources: {
    readonly control: RunControl;
    readonly model: RunsModel;
    readonly content: TrialContent;
  },
): void {
  const pty = new TrialTerminal(trial, sources);
  vscode.window
    .createTerminal({ name: trial.trialId, pty, iconPath: new vscode.ThemeIcon('beaker') })
    .show(true);
}

class TrialTerminal implements vscode.Pseudoterminal {
  readonly #trial: TrialRef;
  readonly #sources: Parameters<typeof openLiveTerminal>[1];
  readonly #store = new DisposableStore();
  readonly #write = this.#store.add(new vscode.EventEmitter<string>());
  readonly #close = this.#store.add(new vscode.EventEmitter<number>());
  #replayed = false;
  #stage = '';

  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;

  constructor(trial: TrialRef, sources: Parameters<typeof openLiveTerminal>[1]) {
    this.#trial = trial;
    this.#sources = sources;
  }

  open(): void {
    const { control, model } = this.#sources;
    const { run, trialId } = this.#trial;
    this.#store.add(
      control.onOutput((output) => {
        if (output.run !== run || output.chunk.trial !== trialId) return;
        if (this.#replayed) this.#print(output.chunk);
      }),
    );
    this.#store.add(
      model.onDidChangeTrial((change) => {
        if (change.run === run && change.trial.plan.trial_id === trialId) this.#end(change.trial);
      }),
    );
    void this.#replay().catch((error: unknown) => {
      this.#write.fire(`${error instanceof Error ? error.message : String(error)}\r\n`);
    });
  }

  close(): void {
    this.#store.dispose();
  }

  /** The logs of stages that ended, then what the running one has printed so far. */
  async #replay(): Promise<void> {
    const { content, control } = this.#sources;
    const { run, trialId } = this.#trial;
    let state = await content.state(this.#trial);
    let printed = 0;
    while (printed < state.stages.length) {
      const stage = state.stages[printed]?.stage ?? '';
      printed += 1;
      const text = await content.log(this.#trial, stage);
      if (text !== null && text !== '') this.#print({ trial: trialId, stage, text });
      state = await content.state(this.#trial);
    }
    const stage = state.stage?.name;
    const recent = stage === undefined ? '' : control.recentOutput(run, trialId, stage);
    if (stage !== undefined && recent !== '') this.#print({ trial: trialId, stage, text: recent });
    // Whatever came meanwhile stands in a log or in what was recent.
    this.#replayed = true;
    this.#end(state);
  }

  #print({ stage, text }: OutputChunk): void {
    if (stage !== this.#stage) {
      this.#stage = stage;
      this.#write.fire(`\r\n\u001b[1m── ${stageLabel(stage)} ──\u001b[0m\r\n`);
    }
    this.#write.fire(toCrLf(text));
  }

  #end({ result }: TrialState): void {
    if (result === null || !this.#replayed) return;
    const detail = result.detail === null ? '' : `: ${result.detail}`;
    this.#write.fire(`\r\n\u001b[1m${statusLabel(result.status)}\u001b[0m${toCrLf(detail)}\r\n`);
  }
}
