import * as vscode from 'vscode';
import type { ToolHost } from '../agentTools/index';
import type { TrialLinks } from './chat/links';
import { registerParticipant } from './chat/participant';
import { createToolHost, type ToolParts } from './tools/editorToolHost';
import { registerLanguageModelTools } from './tools/languageModelTools';
import { registerMcpServers } from './tools/mcpServers';

export interface AgentSurfaceParts extends ToolParts {
  readonly context: vscode.ExtensionContext;
  readonly links: TrialLinks;
}

/** What the editor's own agents get of Benchyard: tools, an MCP server, a chat participant. Made at their first use. */
export function registerAgentSurfaces(parts: AgentSurfaceParts): vscode.Disposable {
  let made: Promise<ToolHost> | undefined;
  const host = (): Promise<ToolHost> => (made ??= createToolHost(parts));
  return vscode.Disposable.from(
    registerLanguageModelTools(parts.context.extension, host),
    registerMcpServers(parts),
    registerParticipant({ host, links: parts.links, extension: parts.context.extensionUri }),
  );
}
