import type { AgentTool } from './agentTool';
import { inputSchemaOf } from './agentTool';

/** A tool as package.json tells the editor of it. */
export interface ToolContribution {
  readonly name: string;
  readonly displayName: string;
  readonly toolReferenceName: string;
  readonly canBeReferencedInPrompt: true;
  readonly modelDescription: string;
  readonly userDescription: string;
  readonly icon: string;
  readonly tags: readonly string[];
  /** What acts needs a workspace that is trusted. */
  readonly when?: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export function toContribution(tool: AgentTool): ToolContribution {
  return {
    name: tool.name,
    displayName: tool.title,
    toolReferenceName: tool.name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase()),
    canBeReferencedInPrompt: true,
    modelDescription: tool.description,
    userDescription: tool.title,
    icon: tool.readOnly ? '$(beaker)' : '$(tools)',
    tags: ['benchyard', tool.readOnly ? 'benchyard-read' : 'benchyard-task'],
    ...(tool.readOnly ? {} : { when: 'isWorkspaceTrusted && !virtualWorkspace' }),
    inputSchema: inputSchemaOf(tool),
  };
}
