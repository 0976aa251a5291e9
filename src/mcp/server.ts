import type { Readable, Writable } from 'node:stream';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { ToolHost } from '../agentTools/index';
import { agentTools, callTool } from '../agentTools/index';

export interface McpOptions {
  readonly host: ToolHost;
  readonly version: string;
  readonly stdin: Readable;
  /** Carries the protocol and nothing else. */
  readonly stdout: Writable;
  readonly log: (message: string) => void;
  readonly signal: AbortSignal;
}

const instructions =
  'Benchyard runs coding-agent benchmarks. Read what runs came to with benchyard_list_runs, benchyard_get_run, benchyard_get_trial, benchyard_get_steps and benchyard_compare_runs. To work on a task, open it with benchyard_open_task, use the tools whose descriptions name the open task, and hand in with benchyard_submit.';

/** Offers the tools over the Model Context Protocol until the client leaves or the signal aborts; then ends what is open. */
export async function serveMcp(options: McpOptions): Promise<void> {
  const { host, version, stdin, stdout, log, signal } = options;
  const mcp = new McpServer({ name: 'benchyard', title: 'Benchyard', version }, { instructions });
  for (const tool of agentTools) {
    const { name, title, description, readOnly } = tool;
    mcp.registerTool(
      name,
      {
        title,
        description,
        inputSchema: tool.input,
        annotations: { title, readOnlyHint: readOnly, destructiveHint: false },
      },
      async (args: unknown, request) => {
        const answer = await callTool(tool, args, { host, signal: request.signal });
        return { content: [{ type: 'text', text: answer.text }], isError: !answer.ok };
      },
    );
  }
  mcp.server.onerror = (error) => {
    log(`mcp: ${error.message}`);
  };
  const left = new Promise<void>((resolve) => {
    const leave = (): void => {
      resolve();
    };
    mcp.server.onclose = leave;
    stdin.once('end', leave);
    stdin.once('close', leave);
    signal.addEventListener('abort', leave, { once: true });
  });
  await mcp.connect(new StdioServerTransport(stdin, stdout));
  await left;
  await host.sessions.close();
  await mcp.close();
}
