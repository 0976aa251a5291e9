import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension } from '../benchyard';
import { approveTools, told } from '../tools';
import { until } from '../until';

const LIMIT_MS = 90_000;

/** The editor puts a server's name before the names of its tools; ours are contributed as well, without it. */
const ofServer = ({ name }: vscode.LanguageModelToolInformation): boolean =>
  /^mcp_.*benchyard_list_tasks$/.test(name);

describe('the MCP server in the editor', function () {
  this.timeout(LIMIT_MS + 30_000);

  it('is started by the editor, and its tools answer', async () => {
    await extension().activate();
    const tool = await until(
      'a tool of the server',
      async () => {
        // The editor learns of servers in its own time; until then there is none to start.
        await vscode.commands.executeCommand('workbench.mcp.startServer', '*', {
          waitForLiveTools: true,
          autoTrustChanges: true,
        });
        return vscode.lm.tools.find(ofServer);
      },
      LIMIT_MS,
    );
    await approveTools(true);
    try {
      const { tasks } = (await told(tool.name)) as { tasks: unknown[] };
      assert.equal(tasks.length, 12, 'the task files of the workspace are those of the server');
    } finally {
      await approveTools(false);
    }
  });
});
