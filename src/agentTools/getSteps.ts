import * as z from 'zod';
import type { StepSummary, TrajectoryStep } from '../runner/index';
import { cutMiddle, defineTool, told } from './agentTool';
import { findRun, findTrial, runIdSchema, trialIdSchema } from './findRun';

const longestList = 100;
const mostBodies = 10;
const longestText = 4000;

export const getSteps = defineTool({
  name: 'benchyard_get_steps',
  title: "Read an Agent's Steps",
  description:
    "Tells what an agent did in a trial: one line for each step, or, for the steps named in `steps` (at most 10), the model's words, the tool call and its output.",
  readOnly: true,
  input: z.strictObject({
    run_id: runIdSchema,
    trial_id: trialIdSchema,
    after: z.int().nonnegative().default(0).describe('Steps after this one'),
    limit: z.int().min(1).max(longestList).default(50).describe('How many lines'),
    steps: z
      .array(z.int().positive())
      .max(mostBodies)
      .optional()
      .describe('Numbers of steps to read whole'),
  }),
  async call({ run_id: runId, trial_id: trialId, after, limit, steps }, host, options) {
    const run = await findRun(runId, host, options);
    const { plan, agentStats } = findTrial(run, trialId, host);
    const runner = await host.runner();
    const { runDir } = run.listing;
    const all = await runner.readSteps(runDir, plan.trial_id, options);
    if (steps !== undefined) {
      const wanted = all.filter(({ step }) => steps.includes(step));
      const bodies = await runner.readStepBodies(runDir, plan.trial_id, wanted, options);
      return told({ trial_id: plan.trial_id, steps: bodies.map(withShortTexts) });
    }
    const following = all.filter(({ step }) => step > after);
    return told({
      trial_id: plan.trial_id,
      steps_in_all: all.length,
      agent_stats: agentStats,
      steps: following.slice(0, limit).map(lineOf),
      ...(following.length > limit ? { more: `${following.length - limit} more steps` } : {}),
    });
  },
});

function lineOf(step: StepSummary): Record<string, unknown> {
  const { step: number, kind, agent, tool, ok, summary, duration_s } = step;
  return {
    step: number,
    kind,
    ...(agent === null ? {} : { agent }),
    ...(tool === null ? {} : { tool }),
    ok,
    summary,
    duration_s,
    ...(step.tree === null ? {} : { changed_files: true }),
  };
}

/** Long texts of a step are cut in the middle, wherever they stand. */
function withShortTexts(step: TrajectoryStep): unknown {
  return JSON.parse(
    JSON.stringify(step, (_key, value: unknown) =>
      typeof value === 'string' ? cutMiddle(value, longestText) : value,
    ),
  ) as unknown;
}
