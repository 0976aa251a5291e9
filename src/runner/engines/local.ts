import PQueue from 'p-queue';
import type { TrialPlan } from '../model';
import type { Engine, EngineWork } from './engine';

/** Trials in this process, at most `concurrency` at the same time, in the order of the plan. */
export const localEngine = {
  id: 'local',
  run: async (
    trials: readonly TrialPlan[],
    { runTrial, concurrency, signal, next }: Omit<EngineWork, 'workers'>,
  ): Promise<void> => {
    const queue = new PQueue({ concurrency });
    const failures: unknown[] = [];
    const add = (trial: TrialPlan): void => {
      // `runTrial` records whatever happens to a trial; what it throws means that nothing can be recorded any more.
      void queue.add(async () => {
        if (signal.aborted || failures.length > 0) return;
        try {
          await runTrial(trial, signal);
          const following = next(trial);
          if (following !== null) add(following);
        } catch (error) {
          failures.push(error);
        }
      });
    };
    trials.forEach(add);
    await queue.onIdle();
    if (failures.length > 0) throw failures[0];
  },
} satisfies Engine;
