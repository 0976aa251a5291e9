import path from 'node:path';
import * as vscode from 'vscode';
import type { Config } from '../config';
import type { Core } from '../core';
import type { RunsModel } from '../runsModel';
import type { TasksModel } from '../tasksModel';

export interface McpParts {
  readonly context: vscode.ExtensionContext;
  readonly core: Core;
  readonly config: Config;
  readonly tasks: TasksModel;
  readonly runs: RunsModel;
}

/**
 * Offers `benchyard mcp`, the command line that comes with the extension, to the editor's agents; none in a workspace that
 * the user does not trust.
 */
export function registerMcpServers(parts: McpParts): vscode.Disposable {
  const { config } = parts;
  const changed = new vscode.EventEmitter<void>();
  const change = (): void => {
    changed.fire();
  };
  return vscode.Disposable.from(
    changed,
    config.onDidChange(['runsFolder', 'sandbox', 'taskFiles', 'dockerHost'], change),
    vscode.workspace.onDidGrantWorkspaceTrust(change),
    vscode.lm.registerMcpServerDefinitionProvider('benchyard', {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: async () =>
        vscode.workspace.isTrusted ? [await definition(parts)] : [],
    }),
  );
}

async function definition(parts: McpParts): Promise<vscode.McpStdioServerDefinition> {
  const { context, core, config, tasks, runs } = parts;
  const files = await tasks.findFiles();
  const { dockerHost } = config;
  const server = new vscode.McpStdioServerDefinition(
    'Benchyard',
    // The editor's own Node.js, so that none has to be installed.
    process.execPath,
    [
      path.join(context.extensionPath, 'dist', 'cli.js'),
      'mcp',
      ...['--out', runs.folder, '--sandbox', config.run.sandbox],
      ...(files.length === 0 ? [] : ['--tasks', ...files]),
    ],
    {
      ELECTRON_RUN_AS_NODE: '1',
      ...(dockerHost === '' ? {} : { DOCKER_HOST: dockerHost }),
    },
    versionOf(context.extension),
  );
  server.cwd = vscode.Uri.file(core.cwd);
  return server;
}

function versionOf(extension: vscode.Extension<unknown>): string {
  return (extension.packageJSON as { readonly version: string }).version; // this extension's own manifest
}
