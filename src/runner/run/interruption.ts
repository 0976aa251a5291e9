import type { Host } from '../host';
import type { RunState } from '../model';
import { reduceRun } from '../model';
import { lastHeldAt, livingOwner } from '../store/ownerLock';

/**
 * The state as who looks at it has to see it: an unfinished run that no living process holds was interrupted. Nobody said
 * so, since whoever could have is dead; the fold is told the same way as by a living one. When that was, its lock tells,
 * which was renewed every few seconds.
 */
export async function withInterruption(
  runDir: string,
  host: Host,
  state: RunState,
): Promise<RunState> {
  if (state.phase !== 'running' || (await livingOwner(runDir, host)) !== null) return state;
  const times = [state.startedAt, await lastHeldAt(runDir)].filter((time) => time !== null);
  const time = times.sort().at(-1) ?? new Date(0).toISOString();
  const seq = state.lastSeq + 1;
  return reduceRun(state, { v: 1, seq, time, type: 'run.ended', end: 'interrupted' });
}
