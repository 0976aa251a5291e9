import type { TrialPlan } from '../model';

/** Where trials run. An engine decides when and where, never what: `runTrial` does the work and records its result. */
export interface Engine {
  readonly id: 'local' | 'slurm' | 'kubernetes';
  /** Runs all trials; returns when none is left or the signal aborts and what was running has ended. */
  run(
    trials: readonly TrialPlan[],
    runTrial: (trial: TrialPlan, signal: AbortSignal) => Promise<void>,
    options: {
      readonly concurrency: number;
      readonly signal: AbortSignal;
      /** The trial that may begin only now that another has ended; it takes its place behind those that wait. */
      readonly next?: (ended: TrialPlan) => TrialPlan | null;
    },
  ): Promise<void>;
}
