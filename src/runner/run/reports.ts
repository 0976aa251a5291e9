import path from 'node:path';
import type { Benchmark } from '../benchmarks/benchmark';
import type { Host } from '../host';
import type { RunPlan, RunState, Task, TrialResult } from '../model';
import {
  breakdownOf,
  classOf,
  contestSummaryOf,
  metricsOf,
  totalsOf,
  wilsonInterval,
} from '../model';
import { writeJson, writeWhole } from '../store/files';
import { runPaths } from '../store/runFolder';

export interface ReportParts {
  readonly host: Host;
  readonly runDir: string;
  readonly plan: RunPlan;
  readonly benchmarkOf: (id: Task['benchmark']) => Benchmark;
}

/** metadata.json as MLE-bench's run groups have it, with the versions that a number depends on. */
export function metadataOf(
  { plan, host }: Pick<ReportParts, 'plan' | 'host'>,
  state: RunState | null,
): unknown {
  const success = (trialId: string): boolean | null => {
    const result = state?.trials.get(trialId)?.result ?? null;
    if (result === null) return null;
    // MLE-bench's success is that the agent came to its end with something to grade.
    return result.competition?.submission_exists ?? classOf(result.status) === 'resolved';
  };
  return {
    run_group: plan.run_id,
    created_at: plan.created_at,
    runs: Object.fromEntries(
      plan.trials.map(({ trial_id }) => [trial_id, { success: success(trial_id) }]),
    ),
    versions: {
      benchyard: host.version,
      platform: host.platform,
      arch: host.arch,
      sandbox: plan.sandbox,
    },
  };
}

/**
 * Brings the files that sum up a run in line with its state: results.jsonl with one line a trial in the order of the
 * plan, report.json, metadata.json and the benchmarks' own summaries. Can be done again at any time.
 */
export async function writeReports(
  parts: ReportParts,
  state: RunState,
  results: readonly TrialResult[],
): Promise<void> {
  const { runDir, plan } = parts;
  const paths = runPaths(runDir);
  const totals = totalsOf(state);
  const contest = contestSummaryOf(plan, state.trials.values());
  await writeWhole(paths.results, results.map((result) => `${JSON.stringify(result)}\n`).join(''));
  await writeJson(paths.report, {
    schema_version: 1,
    run_id: plan.run_id,
    agent: plan.agent,
    model: plan.model,
    totals,
    resolved_interval: wilsonInterval(totals.resolved, totals.total),
    metrics: metricsOf(state),
    breakdown: breakdownOf(state),
    ...(contest === null ? {} : { contest }),
  });
  await writeJson(paths.metadata, metadataOf(parts, state));
  for (const id of new Set(plan.trials.map((trial) => trial.benchmark))) {
    const ids = new Set(
      plan.trials.filter((trial) => trial.benchmark === id).map((trial) => trial.task_id),
    );
    const own = results.filter((result) => ids.has(result.task_id));
    for (const { name, content } of parts.benchmarkOf(id).summaries(plan, own)) {
      await writeWhole(path.join(runDir, name), content);
    }
  }
}
