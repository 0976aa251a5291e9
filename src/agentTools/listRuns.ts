import * as z from 'zod';
import { totalsOf } from '../runner/model';
import { defineTool, told } from './agentTool';

const longestList = 100;

export const listRuns = defineTool({
  name: 'benchyard_list_runs',
  title: 'List Benchmark Runs',
  description:
    'Lists the benchmark runs of this workspace, newest first: agent, model, how many of their trials were resolved, what they cost.',
  readOnly: true,
  input: z.strictObject({
    limit: z.int().min(1).max(longestList).default(20).describe('How many, newest first'),
    task_id: z.string().optional().describe('Only runs that tried this task'),
  }),
  async call({ limit, task_id: taskId }, host, options) {
    const runner = await host.runner();
    const runs = [];
    for (const { runId, runDir } of await runner.listRuns(host.runsFolder, options)) {
      if (runs.length >= limit) break;
      const state = await runner.openRun(runDir, options);
      const trials = [...state.trials.values()];
      if (taskId !== undefined && !trials.some(({ plan }) => plan.task_id === taskId)) continue;
      runs.push({
        run_id: runId,
        agent: state.plan?.agent ?? null,
        model: state.plan?.model ?? null,
        phase: state.phase,
        started_at: state.startedAt,
        totals: totalsOf(state),
        spent: state.spent,
      });
    }
    return told({ runs });
  },
});
