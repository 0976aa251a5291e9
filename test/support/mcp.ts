import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { program } from './cli';

/** The MCP server as a process of its own, asked by the official client. */
export interface McpSession extends AsyncDisposable {
  readonly client: Client;
  readonly pid: number;
  readonly stderr: () => string;
  /** Calls a tool and gives its answer's text. */
  call(name: string, args?: Readonly<Record<string, unknown>>): Promise<McpAnswer>;
}

export interface McpAnswer {
  readonly failed: boolean;
  readonly text: string;
}

export async function startMcp(cwd: string, args: readonly string[] = []): Promise<McpSession> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, 'mcp', ...args],
    cwd,
    // The client passes on a few variables only.
    env: Object.fromEntries(
      Object.entries(process.env).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value]],
      ),
    ),
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (data: Buffer) => {
    stderr += data.toString('utf8');
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  return {
    client,
    pid: transport.pid ?? 0,
    stderr: () => stderr,
    async call(name, input = {}) {
      const answer = await client.callTool({ name, arguments: input }, undefined, {
        timeout: 170_000,
      });
      const content = answer.content as readonly { readonly type: string; readonly text: string }[];
      return {
        failed: answer.isError === true,
        text: content.map(({ text }) => text).join(''),
      };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** What a tool told, as JSON. */
export function told(answer: McpAnswer): Record<string, unknown> {
  if (answer.failed) throw new Error(answer.text);
  return JSON.parse(answer.text) as Record<string, unknown>;
}
