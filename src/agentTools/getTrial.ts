import * as z from 'zod';
import { failingTests, reasonOf } from '../presentation/trialReason';
import type { TrialFiles, TrialResult, TrialState } from '../runner/index';
import { cutMiddle, defineTool, told } from './agentTool';
import { findRun, findTrial, runIdSchema, trialIdSchema } from './findRun';

const longestPatch = 8000;
const longestMessage = 800;
const mostTests = 15;

export const getTrial = defineTool({
  name: 'benchyard_get_trial',
  title: 'Read a Trial',
  description:
    'Tells why a trial ended as it did: status, cause, the tests that failed with their messages, the end of the test output, how the agent ended, what it used, and the patch that it handed in.',
  readOnly: true,
  input: z.strictObject({ run_id: runIdSchema, trial_id: trialIdSchema }),
  async call({ run_id: runId, trial_id: trialId }, host, options) {
    const run = await findRun(runId, host, options);
    const trial = findTrial(run, trialId, host);
    const runner = await host.runner();
    const files = await runner.readTrial(run.listing.runDir, trial.plan.trial_id, options);
    return told({ run_id: run.listing.runId, ...describeTrialFully(trial, files) });
  },
});

/** All that is worth reading of a trial, bounded. */
export function describeTrialFully(trial: TrialState, files: TrialFiles): Record<string, unknown> {
  const { plan, phase, result } = trial;
  const head = {
    trial_id: plan.trial_id,
    task_id: plan.task_id,
    attempt: plan.attempt,
    phase,
    why: reasonOf(trial),
    notes: trial.notes,
  };
  if (result === null) {
    return { ...head, stage: trial.stage?.name ?? null, agent_stats: trial.agentStats };
  }
  return { ...head, ...describeResult(result), tests: testsOf(result, files), ...patchOf(files) };
}

function describeResult(result: TrialResult): Record<string, unknown> {
  return {
    status: result.status,
    cause: result.cause,
    detail: result.detail,
    exit_status: result.exit_status,
    agent: result.agent,
    model: result.model,
    duration_s: result.duration_s,
    stages: result.stages,
    usage: result.usage,
    agent_stats: result.agent_stats,
    test_tail: result.tail,
  };
}

function testsOf(result: TrialResult, { tests }: TrialFiles): Record<string, unknown> {
  const failing = failingTests(result, tests);
  return {
    before: result.before,
    after: result.after,
    failing: failing.slice(0, mostTests).map(({ message, ...test }) => ({
      ...test,
      message: message === null ? null : cutMiddle(message, longestMessage),
    })),
    failing_in_all: failing.length,
  };
}

function patchOf({ patch }: TrialFiles): Record<string, unknown> {
  return { patch: patch === null ? null : cutMiddle(patch, longestPatch) };
}
