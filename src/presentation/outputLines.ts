import type { OutputChunk } from '../runner/index';
import { stripAnsi } from './format';
import { stageLabel } from './trialLabels';

/**
 * Turns output of trials that run side by side into whole lines that say whose they are. Lines are cut where a program
 * writes without end; colours are left out, since an output channel shows no colours.
 */
export class OutputLines {
  readonly #rest = new Map<string, string>();
  readonly #nameOf: (trialId: string) => string;

  constructor(nameOf: (trialId: string) => string = (trialId) => trialId) {
    this.#nameOf = nameOf;
  }

  /** Lines that the chunk completed; first those that an earlier stage of its trial left unfinished. */
  push(chunk: OutputChunk): readonly string[] {
    const left = this.#unfinished(chunk.trial, chunk.stage);
    const key = `${chunk.trial}\n${chunk.stage}`;
    const parts = ((this.#rest.get(key) ?? '') + chunk.text).split('\n');
    const last = parts.pop() ?? '';
    const cut = last.length > maxLine;
    this.#rest.set(key, cut ? '' : last);
    const lines = [...parts, ...(cut ? [last] : [])];
    return [...left, ...lines.map((line) => this.#line(chunk.trial, chunk.stage, line))];
  }

  /** The unfinished lines of a trial, when no more will come. */
  end(trialId: string): readonly string[] {
    return this.#unfinished(trialId, null);
  }

  #unfinished(trialId: string, except: string | null): readonly string[] {
    const lines: string[] = [];
    for (const [key, rest] of this.#rest) {
      const [trial, stage = ''] = key.split('\n');
      if (trial !== trialId || stage === except) continue;
      this.#rest.delete(key);
      if (rest !== '') lines.push(this.#line(trialId, stage, rest));
    }
    return lines;
  }

  #line(trialId: string, stage: string, text: string): string {
    // A carriage return starts the line anew (progress bars): what stands after the last one is what a person would see.
    const shown = stripAnsi(text).replace(/\r+$/, '').split('\r').at(-1) ?? '';
    return `[${this.#nameOf(trialId)} ${stageLabel(stage)}] ${shown.slice(0, maxLine)}`;
  }
}

const maxLine = 10_000;
