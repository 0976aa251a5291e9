import * as z from 'zod';
import type { TrialState } from '../runner/index';
import { totalsOf, trialStatusSchema } from '../runner/model';
import { defineTool, told } from './agentTool';
import { findRun, runIdSchema } from './findRun';

const longestList = 200;

export const getRun = defineTool({
  name: 'benchyard_get_run',
  title: 'Read a Benchmark Run',
  description:
    'Tells of one run: what was asked, totals, cost, and its trials with status and cause. Trials come in pieces of at most 200.',
  readOnly: true,
  input: z.strictObject({
    run_id: runIdSchema,
    status: trialStatusSchema.optional().describe('Only trials that ended so'),
    offset: z.int().nonnegative().default(0).describe('Trials to pass over'),
  }),
  async call({ run_id: runId, status, offset }, host, options) {
    const { listing, state } = await findRun(runId, host, options);
    const trials = [...state.trials.values()].filter(
      ({ result }) => status === undefined || result?.status === status,
    );
    const shown = trials.slice(offset, offset + longestList);
    const rest = trials.length - offset - shown.length;
    return told({
      run_id: listing.runId,
      agent: state.plan?.agent ?? null,
      model: state.plan?.model ?? null,
      sandbox: state.plan?.sandbox ?? null,
      phase: state.phase,
      started_at: state.startedAt,
      ended_at: state.endedAt,
      notes: state.notes.map(({ text }) => text),
      totals: totalsOf(state),
      spent: state.spent,
      trials: shown.map(lineOf),
      ...(rest > 0 ? { more: `${rest} more trials from offset ${offset + longestList}` } : {}),
    });
  },
});

function lineOf({ plan, phase, result }: TrialState): Record<string, unknown> {
  return {
    trial_id: plan.trial_id,
    task_id: plan.task_id,
    attempt: plan.attempt,
    status: result?.status ?? phase,
    ...(result === null
      ? {}
      : {
          cause: result.cause,
          exit_status: result.exit_status,
          duration_s: result.duration_s,
          cost: result.usage?.cost ?? null,
        }),
  };
}
