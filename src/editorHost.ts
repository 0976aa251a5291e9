import * as vscode from 'vscode';
import { nodeHost } from './nodeHost';
import type { Host } from './runner/index';
import type { Config } from './views/config';

/**
 * The machine as the core sees it from this window. The cache is the command line's, so that what one prepared serves
 * the other; the working folder is the workspace's first, or the extension's own where none is open.
 */
export function createHost(
  storage: vscode.Uri,
  config: Config,
  log: vscode.LogOutputChannel,
): Host {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  const { dockerHost } = config;
  return nodeHost({
    cwd: folder?.uri.fsPath ?? storage.fsPath,
    env: dockerHost === '' ? process.env : { ...process.env, DOCKER_HOST: dockerHost },
    log: (level, message) => {
      if (level === 'warning') log.warn(message);
      else log[level](message);
    },
  });
}
