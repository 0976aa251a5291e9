import type { OutputChunk } from '../runner/index';

/** Characters that are kept of a stage: enough to see what it is at. */
const keptLength = 100_000;

/**
 * What the running stage of each trial has printed so far. The logs of run folders hold stages that ended; this is for
 * somebody who starts to watch in the middle of one.
 */
export class RecentOutput {
  readonly #stages = new Map<string, OutputChunk>();

  push(chunk: OutputChunk): void {
    const before = this.#stages.get(chunk.trial);
    const text = before?.stage === chunk.stage ? before.text + chunk.text : chunk.text;
    this.#stages.set(chunk.trial, { ...chunk, text: text.slice(-keptLength) });
  }

  /** Of a trial's stage; empty when it is not the one that printed last. */
  of(trialId: string, stage: string): string {
    const recent = this.#stages.get(trialId);
    return recent?.stage === stage ? recent.text : '';
  }

  /** The trial ended: its logs tell everything. */
  forget(trialId: string): void {
    this.#stages.delete(trialId);
  }
}
