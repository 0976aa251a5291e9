import type { RunState } from '../runner/index';
import { totalsOf } from '../runner/model';
import { formatCount, formatDuration, secondsBetween } from './format';
import { runName } from './runTree';

/** Runs that end sooner are not worth an interruption. */
const longRunSeconds = 30;

export interface Onlooker {
  readonly windowFocused: boolean;
  readonly runsVisible: boolean;
  /** The user did not switch these messages off. */
  readonly wanted: boolean;
  readonly now: number;
}

/** The message at the end of a run, or null where the user sees the end anyway, asked for none, or cancelled it. */
export function runEndMessage(state: RunState, onlooker: Onlooker): string | null {
  if (!onlooker.wanted || state.phase === 'cancelled' || state.startedAt === null) return null;
  const seconds = secondsBetween(state.startedAt, state.endedAt, onlooker.now);
  if (seconds <= longRunSeconds || (onlooker.windowFocused && onlooker.runsVisible)) return null;
  const totals = totalsOf(state);
  const infra =
    totals.infra_failure === 0 ? '' : `, ${formatCount(totals.infra_failure)} could not be run`;
  return `${runName(state)}: ${formatCount(totals.resolved)} of ${formatCount(totals.total)} resolved in ${formatDuration(seconds)}${infra}.`;
}
