import type { Benchmark } from '../benchmarks/benchmark';
import type { RunState, Task } from '../model';
import { runPaths } from '../store/runFolder';

/** A process that died may have left out records that outlive the run: its benchmarks are told of every end again. */
export async function tellEnded({
  runDir,
  tasks,
  benchmarkOf,
  state,
}: {
  readonly runDir: string;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly benchmarkOf: (id: Task['benchmark']) => Benchmark;
  readonly state: RunState;
}): Promise<void> {
  for (const { plan, result } of state.trials.values()) {
    const task = tasks.get(plan.task_id);
    const benchmark = benchmarkOf(plan.benchmark);
    if (task === undefined || result === null || benchmark.ended === undefined) continue;
    if ((await benchmark.earlier?.(task, plan)) !== null) continue;
    const { folder } = runPaths(runDir).trial(plan.trial_id);
    await benchmark.ended(task, { plan, result, folder });
  }
}
