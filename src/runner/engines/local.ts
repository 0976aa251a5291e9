import PQueue from 'p-queue';
import type { Engine } from './engine';

/** Trials in this process, at most `concurrency` at the same time, in the order of the plan. */
export const localEngine: Engine = {
  id: 'local',
  run: async (trials, runTrial, { concurrency, signal }) => {
    const queue = new PQueue({ concurrency });
    const failures: unknown[] = [];
    for (const trial of trials) {
      // `runTrial` records whatever happens to a trial; what it throws means that nothing can be recorded any more.
      void queue.add(async () => {
        if (signal.aborted || failures.length > 0) return;
        try {
          await runTrial(trial, signal);
        } catch (error) {
          failures.push(error);
        }
      });
    }
    await queue.onIdle();
    if (failures.length > 0) throw failures[0];
  },
};
