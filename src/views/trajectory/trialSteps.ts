import type { Runner, StepSummary, TrajectoryStep } from '../../runner/index';
import type { Core } from '../core';
import type { TrialRef } from '../trialContent';

/** The steps of one trial: their index, kept as far as it was read, and whatever is asked of them. */
export class TrialSteps {
  readonly trial: TrialRef;
  readonly #core: Core;
  readonly #signal: AbortSignal;
  #known = new Map<number, StepSummary>();
  #last = 0;

  constructor(core: Core, trial: TrialRef, options: { readonly signal: AbortSignal }) {
    this.#core = core;
    this.trial = trial;
    this.#signal = options.signal;
  }

  get known(): readonly StepSummary[] {
    return [...this.#known.values()];
  }

  /** Number of the last step that was read. */
  get last(): number {
    return this.#last;
  }

  /** Forgets everything: the trial began anew. */
  clear(): void {
    this.#known = new Map();
    this.#last = 0;
  }

  /** The steps that came since it was last asked. */
  async readOn(): Promise<readonly StepSummary[]> {
    const steps = await this.#ask((runner, runDir, trialId) =>
      runner.readSteps(runDir, trialId, { signal: this.#signal, after: this.#last }),
    );
    for (const step of steps) this.#known.set(step.step, step);
    this.#last = steps.at(-1)?.step ?? this.#last;
    return steps;
  }

  /** All of some steps; numbers that do not exist are left out. */
  async bodies(steps: readonly number[]): Promise<readonly TrajectoryStep[]> {
    const places = steps.flatMap((step) => this.#known.get(step) ?? []);
    return this.#ask((runner, runDir, trialId) =>
      runner.readStepBodies(runDir, trialId, places, { signal: this.#signal }),
    );
  }

  /** The steps whose texts hold a text, in any case of its letters, some at a time. */
  async *search(text: string, signal: AbortSignal): AsyncIterable<readonly number[]> {
    const runner = await this.#core.runner();
    const { run, trialId } = this.trial;
    yield* runner.searchSteps(run.listing.runDir, trialId, text, {
      signal: AbortSignal.any([signal, this.#signal]),
    });
  }

  async #ask<T>(ask: (runner: Runner, runDir: string, trialId: string) => Promise<T>): Promise<T> {
    const { run, trialId } = this.trial;
    return ask(await this.#core.runner(), run.listing.runDir, trialId);
  }
}
