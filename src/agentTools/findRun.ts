import * as z from 'zod';
import type { RunListing, RunState, TrialState } from '../runner/index';
import { RunnerError } from '../runner/model';
import type { ToolHost } from './agentTool';

export const runIdSchema = z
  .string()
  .describe('Name of the run folder, as benchyard_list_runs tells it, or "latest"');
export const trialIdSchema = z
  .string()
  .describe('Trial of the run, as benchyard_get_run tells it, or the id of its task');

export interface FoundRun {
  readonly listing: RunListing;
  readonly state: RunState;
}

/**
 * A run by its id. Ids are looked up in the list of runs, so no path leads out of the folder.
 *
 * @throws `not-found`
 */
export async function findRun(
  runId: string,
  host: ToolHost,
  options: { readonly signal: AbortSignal },
): Promise<FoundRun> {
  const runner = await host.runner();
  const listings = await runner.listRuns(host.runsFolder, options);
  const listing = runId === 'latest' ? listings[0] : listings.find((run) => run.runId === runId);
  if (listing === undefined) {
    const known = listings.slice(0, 5).map((run) => run.runId);
    throw new RunnerError(
      'not-found',
      known.length === 0
        ? 'There are no runs yet.'
        : `There is no run "${runId}". The newest are: ${known.join(', ')}.`,
    );
  }
  return { listing, state: await runner.openRun(listing.runDir, options) };
}

/**
 * A trial by its id, or by the id of its task where the run tried that once.
 *
 * @throws `not-found`; also for a task that somebody works on here, since what others made of it would give it away
 */
export function findTrial(
  { listing, state }: FoundRun,
  trialId: string,
  { sessions }: ToolHost,
): TrialState {
  const trials = [...state.trials.values()];
  const ofTask = trials.filter(({ plan }) => plan.task_id === trialId);
  const trial = state.trials.get(trialId) ?? (ofTask.length === 1 ? ofTask[0] : undefined);
  if (trial === undefined) {
    const known = (ofTask.length > 0 ? ofTask : trials)
      .slice(0, 10)
      .map((one) => one.plan.trial_id);
    throw new RunnerError(
      'not-found',
      `The run ${listing.runId} has no trial "${trialId}". Some that it has: ${known.join(', ')}.`,
    );
  }
  if (sessions.isOpen(trial.plan.task_id)) {
    throw new RunnerError(
      'not-found',
      `${trial.plan.task_id} is being worked on: its trials are told when it is submitted.`,
    );
  }
  return trial;
}
