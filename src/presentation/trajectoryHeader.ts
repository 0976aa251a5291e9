import type { TrialState } from '../runner/index';
import { tokensOf } from '../runner/model/usage';
import { formatCost, formatCount, formatDuration, formatTokens, plural } from './format';
import type { TrajectoryHeader } from './trajectoryMessages';
import { causeLabel, icons, statusIcon, statusLabel } from './trialLabels';

/** What is known of the run that a trial is part of. */
export interface HeaderContext {
  readonly agent: string;
  readonly model: string | null;
  readonly attempts: number;
  /** Some living process runs it. */
  readonly alive: boolean;
}

/** The top of a trajectory: what the agent was given, what it came to and what that took. */
export function headerOf(trial: TrialState, run: HeaderContext): TrajectoryHeader {
  const { plan, result, agentStats: stats } = trial;
  const over = trial.phase === 'ended' || trial.phase === 'skipped';
  const live = run.alive && !over;
  return {
    title: plan.task_id,
    subtitle: [
      ...(run.attempts > 1 ? [`attempt ${String(plan.attempt + 1)}`] : []),
      run.agent,
      ...(run.model === null ? [] : [run.model]),
      ...(result?.exit_status === null || result?.exit_status === undefined
        ? []
        : [causeLabel(result.exit_status)]),
    ],
    status: statusOf(trial, live),
    facts: [
      { name: 'Steps', value: formatCount(stats.steps) },
      { name: 'Turns', value: formatCount(stats.turns) },
      { name: 'Tool calls', value: toolCalls(stats) },
      ...usageFacts(trial),
      ...(result === null ? [] : [{ name: 'Time', value: formatDuration(result.duration_s) }]),
    ],
    modelSeconds: stats.model_s,
    toolSeconds: stats.tools_s,
    live,
  };
}

function toolCalls(stats: TrialState['agentStats']): string {
  const failed = stats.tool_errors === 0 ? '' : ` (${formatCount(stats.tool_errors)} failed)`;
  return `${formatCount(stats.tool_calls)}${failed}`;
}

function usageFacts({ usage, agentStats }: TrialState): TrajectoryHeader['facts'] {
  // Without a model call there is nothing to be paid, rather than something unknown.
  if (usage === null) return agentStats.turns === 0 ? [] : [{ name: 'Cost', value: 'unknown' }];
  return [
    { name: 'Tokens', value: `${usage.estimated ? '~' : ''}${formatTokens(tokensOf(usage))}` },
    { name: 'Cost', value: formatCost(usage.cost) },
  ];
}

/** By the icon that the trial has in the tree. */
const tones: Readonly<Record<string, TrajectoryHeader['status']['tone']>> = {
  [icons.passed.id]: 'passed',
  [icons.failed.id]: 'failed',
  [icons.errored.id]: 'warning',
};

function statusOf(trial: TrialState, live: boolean): TrajectoryHeader['status'] {
  if (trial.phase === 'skipped') return { label: 'not needed', tone: 'idle' };
  if (trial.result === null) {
    if (live) return { label: trial.phase === 'queued' ? 'queued' : 'running', tone: 'running' };
    return { label: trial.phase === 'queued' ? 'not run' : 'interrupted', tone: 'idle' };
  }
  const { status } = trial.result;
  const tone = tones[statusIcon(status).id] ?? 'idle';
  return { label: statusLabel(status), tone };
}

/** `24 turns · 182k tokens · $0.12`: the row of a trajectory in the tree. */
export function trajectorySummary({ agentStats: stats, usage }: TrialState): readonly string[] {
  return [
    stats.turns > 0 ? plural(stats.turns, 'turn') : plural(stats.steps, 'step'),
    ...(usage === null
      ? []
      : [
          `${formatTokens(tokensOf(usage))} tokens`,
          usage.cost === null ? 'cost unknown' : formatCost(usage.cost),
        ]),
  ];
}
