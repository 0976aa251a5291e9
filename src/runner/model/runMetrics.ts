import type { AgentStats } from './agentStats';
import { noAgentStats } from './agentStats';
import type { RunState } from './runState';
import type { Usage } from './usage';
import { addUsage } from './usage';

/** What the agents of a run did in all, beside what came of it. Sums over the trials that began. */
export interface RunMetrics {
  /** How many episodes ended how. */
  readonly exit_statuses: Readonly<Record<string, number>>;
  readonly agent_stats: AgentStats;
  /** null: no model was asked. */
  readonly usage: Usage | null;
  /** US dollars for every trial that was resolved; null where cost or resolved trials are missing. */
  readonly cost_per_resolved: number | null;
}

export function metricsOf(state: RunState): RunMetrics {
  const exits: Record<string, number> = {};
  let stats = noAgentStats;
  let usage: Usage | null = null;
  let resolved = 0;
  for (const trial of state.trials.values()) {
    const exit = trial.result?.exit_status ?? null;
    if (exit !== null) exits[exit] = (exits[exit] ?? 0) + 1;
    if (trial.result?.status === 'passed') resolved += 1;
    stats = addAgentStats(stats, trial.agentStats);
    if (trial.usage !== null) usage = usage === null ? trial.usage : addUsage(usage, trial.usage);
  }
  const cost = usage?.cost ?? null;
  return {
    exit_statuses: exits,
    agent_stats: stats,
    usage,
    cost_per_resolved: cost === null || resolved === 0 ? null : cost / resolved,
  };
}

function addAgentStats(a: AgentStats, b: AgentStats): AgentStats {
  return {
    steps: a.steps + b.steps,
    turns: a.turns + b.turns,
    tool_calls: a.tool_calls + b.tool_calls,
    tool_errors: a.tool_errors + b.tool_errors,
    model_s: a.model_s + b.model_s,
    tools_s: a.tools_s + b.tools_s,
  };
}
