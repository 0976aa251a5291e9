import type { RunPlan } from '../../src/runner/model';
import { runConfigSchema } from '../../src/runner/model';

export const planTime = '2026-01-01T00:00:00.000Z';

/** The plan of a run of repository tasks, of trials with these ids: `one_0` is the first attempt at `one`. */
export function runPlanOf(trialIds: readonly string[]): RunPlan {
  return {
    schema_version: 1,
    run_id: 'run',
    created_at: planTime,
    agent: 'gold',
    model: null,
    sandbox: 'docker',
    concurrency: 1,
    config: runConfigSchema.parse({}),
    trials: trialIds.map((trial_id, index) => ({
      trial_id,
      index,
      attempt: 0,
      task_id: trial_id.slice(0, -2),
      benchmark: 'swe',
      group: 'group',
      repo: null,
      ref: null,
      source: { file: 'tasks.jsonl', line: index + 1 },
    })),
  };
}
