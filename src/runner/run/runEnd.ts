import type { TrialResult } from '../model';
import { RunnerError, totalsOf } from '../model';
import type { RunOutcome } from '../runner';
import { keepState } from '../store/keptState';
import type { EventLog } from './eventLog';
import type { ReportParts } from './reports';
import { writeReports } from './reports';
import { RunStop, stopCauseOf } from './trialResult';

/** Records how a run ended, and sums it up. `failure`: why a trial could not be recorded; null: all were. */
export async function endRun(
  parts: ReportParts,
  {
    events,
    stop,
    failure,
  }: { readonly events: EventLog; readonly stop: AbortSignal; readonly failure: Error | null },
): Promise<RunOutcome> {
  // With no room for a result there may still be some for the one line that says so.
  if (failure !== null && !RunnerError.is(failure, 'disk-full')) throw failure;
  const reason = reasonOf(stop, failure);
  try {
    if (reason?.isTold === true)
      await events.emitRun({ type: 'run.note', level: 'warning', text: reason.message });
    await events.emitRun(
      reason === null
        ? { type: 'run.ended', end: 'finished' }
        : { type: 'run.ended', end: 'cancelled', cause: reason.cause },
    );
  } catch (error) {
    throw failure ?? error;
  }
  const results: TrialResult[] = [];
  for (const { result } of events.state.trials.values()) if (result !== null) results.push(result);
  const unwritten = await failureOf(writeReports(parts, events.state, results));
  // The next resume writes them: they say nothing that the events do not.
  if (unwritten !== null && !RunnerError.is(unwritten, 'disk-full')) throw unwritten;
  await events.close();
  await keepState(parts.runDir, events.state).catch(() => undefined); // it only saves time
  const { runDir, plan } = parts;
  const { state } = events;
  return { runDir, runId: plan.run_id, state, totals: totalsOf(state), results };
}

/** Why a run did not come to its end; null: it did. */
function reasonOf(stop: AbortSignal, failure: Error | null): RunStop | null {
  const reason: unknown = stop.reason;
  if (reason instanceof RunStop) return reason;
  if (stop.aborted) return new RunStop('user', 'cancelled');
  return failure === null ? null : new RunStop(stopCauseOf(failure), failure.message);
}

/** What work fails with; null: it does not. */
export async function failureOf(work: Promise<unknown>): Promise<Error | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
