import type { Benchmark } from '../benchmarks/benchmark';
import type { Needs } from '../engines/engine';
import type { RunConfig, Task } from '../model';
import { defaultSandboxLimits } from '../sandbox/sandbox';
import { limitsOfTask } from './trialStages';

/** What a worker takes beside the sandbox of its trial. */
const workerBytes = 1024 ** 3;
/** For what has no limit of its own: images, sandboxes, teardown. */
const besideSeconds = 900;

/** What the worker of a task's trial asks of its machine: what the task's sandbox may use, and time for all its stages. */
export async function workerNeeds(
  benchmark: Benchmark,
  task: Task,
  {
    attempt,
    config,
    signal,
  }: { readonly attempt: number; readonly config: RunConfig; readonly signal: AbortSignal },
): Promise<Needs> {
  // A task whose environment cannot even be described says so in its trial.
  const { limits } = await benchmark.environment(task, { signal, attempt }).catch(() => {
    signal.throwIfAborted();
    return { limits: defaultSandboxLimits };
  });
  const { total, agent } = limitsOfTask(benchmark, task, config);
  return {
    cpus: limits.cpus,
    memoryBytes: limits.memoryBytes + workerBytes,
    gpus: limits.gpus ?? 0,
    seconds: total + agent + besideSeconds,
  };
}
