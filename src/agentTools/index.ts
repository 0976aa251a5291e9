import type { AgentTool } from './agentTool';
import type { ToolContribution } from './contributions';
import { toContribution } from './contributions';
import { compareRuns } from './compareRuns';
import { getRun } from './getRun';
import { getSteps } from './getSteps';
import { getTrial } from './getTrial';
import { listRuns } from './listRuns';
import { listTasks, openTask } from './openTask';
import { submit, taskTools } from './taskTools';

/** The tools that read what runs left on disk. */
export const readingTools: readonly AgentTool[] = [
  listRuns,
  getRun,
  getTrial,
  getSteps,
  compareRuns,
  listTasks,
];

/** Every tool, as the editor, its chat and the MCP server offer them. */
export const agentTools: readonly AgentTool[] = [...readingTools, openTask, ...taskTools, submit];

/** What package.json contributes under `languageModelTools`; `scripts/generateSchema.mjs` writes it. */
export function toolContributions(): readonly ToolContribution[] {
  return agentTools.map(toContribution);
}

export function agentTool(name: string): AgentTool | undefined {
  return agentTools.find((tool) => tool.name === name);
}

export type { AgentTool, ToolAnswer, ToolHost } from './agentTool';
export { callTool, inputSchemaOf } from './agentTool';
export type { OpenTask, SessionRun, StartSessionRun } from './taskSessions';
export { TaskSessions } from './taskSessions';
