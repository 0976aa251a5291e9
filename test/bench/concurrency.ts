import type { RepositoryTask } from '../../src/runner/index';
import type { Bench } from './measure';
import { interleave, plainRow, timed } from './measure';
import { runSamples, sampleTasks, snapshotImage, trialByHand } from './samples';

interface Prepared {
  readonly task: RepositoryTask;
  readonly image: string;
}

/** The same commands by `width` shells that take the next task when they are done with one. */
async function allByHand(prepared: readonly Prepared[], width: number): Promise<void> {
  const left = [...prepared];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      await trialByHand(next.task, next.image, 'plain');
    }
  };
  await Promise.all(Array.from({ length: width }, work));
}

export const concurrencyBench: Bench = {
  name: 'concurrency',
  title: 'sample tasks with --concurrency 2 against 1, beside what the plain commands gain',
  run: async (context) => {
    const tasks = (await sampleTasks(context)).slice(0, context.samples);
    const ids = tasks.map(({ taskId }) => taskId);
    await runSamples(ids, context, { concurrency: 2 });
    const prepared: Prepared[] = [];
    for (const task of tasks) prepared.push({ task, image: await snapshotImage(task, context) });
    const told = async (what: string, work: () => Promise<unknown>): Promise<number> => {
      const ms = await timed(work);
      context.say(`  ${what}: ${(ms / 1000).toFixed(1)} s`);
      return ms;
    };
    const run = (concurrency: number) => () =>
      told(`run, ${String(concurrency)}`, () => runSamples(ids, context, { concurrency }));
    const byHand = (width: number) => () =>
      told(`by hand, ${String(width)}`, () => allByHand(prepared, width));
    const sides = { ours1: run(1), ours2: run(2), plain1: byHand(1), plain2: byHand(2) };
    // Everything has run once, and a round takes long.
    const rounds = Math.min(context.rounds, 3);
    const times = await interleave(rounds, sides, { warmUp: false });
    const gain = (one: readonly number[], two: readonly number[]): readonly number[] =>
      one.map((ms, round) => ms / (two[round] ?? NaN));
    return [
      {
        ...plainRow('gain of 2 over 1', gain(times.ours1, times.ours2), { unit: '×' }),
        other: { what: 'plain commands', samples: gain(times.plain1, times.plain2) },
        target: { of: 'ratio', limit: 0.9, direction: 'at least' },
      },
      {
        ...plainRow('the run, concurrency 1', times.ours1),
        other: { what: 'plain commands', samples: times.plain1 },
      },
      {
        ...plainRow('the run, concurrency 2', times.ours2),
        other: { what: 'plain commands', samples: times.plain2 },
      },
    ];
  },
};
