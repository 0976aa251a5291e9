import * as vscode from 'vscode';
import { joinFacts, statusLabel } from '../presentation/trialLabels';
import { OutputLines } from '../presentation/outputLines';
import type { OutputChunk, TrialResult } from '../runner/index';
import type { Disposes } from './disposables';
import type { RunEntry, RunsModel } from './runsModel';
import type { TrialContent } from './trialContent';

interface RunOutput {
  readonly channel: vscode.OutputChannel;
  readonly lines: OutputLines;
}

/** Channels that stay in the editor's list; the oldest makes room. */
const keptChannels = 8;

/** One output channel a run: what its trials print as they print it. Nothing is shown unasked. */
export class RunOutputs implements Disposes {
  readonly #model: RunsModel;
  readonly #content: TrialContent;
  readonly #outputs = new Map<string, RunOutput>();

  constructor(model: RunsModel, content: TrialContent) {
    this.#model = model;
    this.#content = content;
  }

  append(run: RunEntry, chunk: OutputChunk): void {
    const { channel, lines } = this.#output(run);
    for (const line of lines.push(chunk)) channel.appendLine(line);
  }

  /** The unfinished lines of a trial and how it ended. */
  endTrial(run: RunEntry, trialId: string, result: TrialResult): void {
    const { channel, lines } = this.#output(run);
    for (const line of lines.end(trialId)) channel.appendLine(line);
    channel.appendLine(
      `[${trialId}] ${joinFacts([statusLabel(result.status), result.detail ?? ''])}`,
    );
  }

  /** Shows a run's channel; one that this window did not fill is filled from the run's logs. */
  async show(run: RunEntry): Promise<void> {
    const known = this.#outputs.get(run.listing.runDir);
    const { channel } = known ?? this.#output(run);
    channel.show(true);
    if (known === undefined) await this.#fill(run, channel);
  }

  dispose(): void {
    for (const { channel } of this.#outputs.values()) channel.dispose();
    this.#outputs.clear();
  }

  #output(run: RunEntry): RunOutput {
    const { runDir, runId } = run.listing;
    const known = this.#outputs.get(runDir);
    if (known !== undefined) return known;
    const output = {
      channel: vscode.window.createOutputChannel(`Benchyard: ${runId}`),
      lines: new OutputLines(),
    };
    this.#outputs.set(runDir, output);
    this.#makeRoom();
    return output;
  }

  #makeRoom(): void {
    for (const [runDir, { channel }] of this.#outputs) {
      if (this.#outputs.size <= keptChannels) return;
      if (this.#model.get(runDir)?.ownedHere === true) continue;
      channel.dispose();
      this.#outputs.delete(runDir);
    }
  }

  async #fill(run: RunEntry, channel: vscode.OutputChannel): Promise<void> {
    const state = await this.#model.read(run);
    for (const [trialId, trial] of state?.trials ?? []) {
      const lines = new OutputLines();
      for (const { stage } of trial.stages) {
        const text = await this.#content.log({ run, trialId }, stage);
        if (text === null || text === '') continue;
        for (const line of lines.push({ trial: trialId, stage, text })) channel.appendLine(line);
      }
      for (const line of lines.end(trialId)) channel.appendLine(line);
      if (trial.result !== null) {
        channel.appendLine(
          `[${trialId}] ${joinFacts([statusLabel(trial.result.status), trial.result.detail ?? ''])}`,
        );
      }
    }
  }
}
