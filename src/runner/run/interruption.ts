import type { Host } from '../host';
import type { RunState } from '../model';
import { reduceRun } from '../model';
import { lastHeldAt, livingOwner } from '../store/ownerLock';

/**
 * The state as who looks at it has to see it: an unfinished run that no living process holds was interrupted. Nobody said
 * so, since whoever could have is dead; the fold is told the same way as by a living one. When that was, the last sign of
 * life tells: of its lock, which was renewed every few seconds, or of a trial.
 */
export async function withInterruption(
  runDir: string,
  host: Host,
  state: RunState,
): Promise<RunState> {
  if (state.phase !== 'running' || (await livingOwner(runDir, host)) !== null) return state;
  let time = state.startedAt ?? new Date(0).toISOString();
  const later = (other: string | null): void => {
    if (other !== null && other > time) time = other;
  };
  later(await lastHeldAt(runDir));
  for (const { startedAt, endedAt } of state.trials.values()) {
    later(startedAt);
    later(endedAt);
  }
  const seq = state.lastSeq + 1;
  return reduceRun(state, { v: 1, seq, time, type: 'run.ended', end: 'interrupted' });
}
