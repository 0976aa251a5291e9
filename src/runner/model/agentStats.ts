import * as z from 'zod';
import type { Usage } from './usage';

const count = z.int().nonnegative();

/** What an agent did in one trial, counted from its steps. */
export const agentStatsSchema = z.object({
  steps: count,
  /** Model calls. */
  turns: count,
  tool_calls: count,
  tool_errors: count,
  /** Time in model calls and in tools. */
  model_s: z.number().nonnegative(),
  tools_s: z.number().nonnegative(),
});
export type AgentStats = z.infer<typeof agentStatsSchema>;

export const noAgentStats: AgentStats = {
  steps: 0,
  turns: 0,
  tool_calls: 0,
  tool_errors: 0,
  model_s: 0,
  tools_s: 0,
};

/** The part of a step that is counted. */
export interface CountedStep {
  readonly kind: string;
  readonly ok: boolean;
  readonly duration_s: number;
  readonly usage: Usage | null;
}

export function countStep(stats: AgentStats, step: CountedStep): AgentStats {
  const model = step.kind === 'model';
  const tool = step.kind === 'tool';
  return {
    steps: stats.steps + 1,
    turns: stats.turns + (model ? 1 : 0),
    tool_calls: stats.tool_calls + (tool ? 1 : 0),
    tool_errors: stats.tool_errors + (tool && !step.ok ? 1 : 0),
    model_s: stats.model_s + (model ? step.duration_s : 0),
    tools_s: stats.tools_s + (tool ? step.duration_s : 0),
  };
}
