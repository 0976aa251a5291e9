import type { CallOptions } from '../runner';
import { listRunFolders, readResults } from '../store/runFolder';

/** Older runs tell little about today's machine, and reading all of them would take time. */
const latestRuns = 20;

/** Seconds that the trials of the latest runs took, by task id: the shortest one that came to an end. */
export async function recordedDurations(
  out: string,
  { signal }: CallOptions,
): Promise<ReadonlyMap<string, number>> {
  const durations = new Map<string, number>();
  for (const runDir of (await listRunFolders(out)).slice(0, latestRuns)) {
    signal.throwIfAborted();
    for (const { task_id: taskId, status, duration_s: duration } of await readResults(runDir)) {
      if (status !== 'passed' && status !== 'failed') continue;
      durations.set(taskId, Math.min(duration, durations.get(taskId) ?? Infinity));
    }
  }
  return durations;
}
