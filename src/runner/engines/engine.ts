import type { TrialPlan } from '../model';

/** Where trials run. An engine decides when and where, never what: `runTrial` does the work and records its result. */
export interface Engine {
  readonly id: 'local' | 'slurm' | 'kubernetes';
  /** Runs all trials; returns when none is left or the signal aborts and what was running has ended. */
  run(
    trials: readonly TrialPlan[],
    runTrial: (trial: TrialPlan, signal: AbortSignal) => Promise<void>,
    options: { readonly concurrency: number; readonly signal: AbortSignal },
  ): Promise<void>;
}
