import path from 'node:path';
import * as vscode from 'vscode';
import { toRunConfig } from '../../presentation/runSettings';
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
    config.onDidChange(['taskFiles', 'dockerHost', ...runSettings], change),
    vscode.workspace.onDidGrantWorkspaceTrust(change),
    vscode.lm.registerMcpServerDefinitionProvider('benchyard', {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: async () =>
        vscode.workspace.isTrusted ? [await definition(parts)] : [],
    }),
  );
}

/** The settings that runs of the server are made with. */
const runSettings = ['runsFolder', 'sandbox', 'image', 'keepSandbox', 'timeouts', 'patchLimits'];

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
      ...['--config', await writeConfig(parts), '--out', runs.folder],
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

/** The settings, as the command line reads them. They hold no key. */
async function writeConfig({ context, config }: McpParts): Promise<string> {
  const folder = context.storageUri ?? context.globalStorageUri;
  const file = vscode.Uri.joinPath(folder, 'mcp.benchyard.json');
  const text = JSON.stringify(toRunConfig(config.run, {}), null, 2);
  await vscode.workspace.fs.writeFile(file, Buffer.from(`${text}\n`));
  return file.fsPath;
}

function versionOf(extension: vscode.Extension<unknown>): string {
  return (extension.packageJSON as { readonly version: string }).version; // this extension's own manifest
}
