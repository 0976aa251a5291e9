import * as vscode from 'vscode';
import { nodeHost } from './nodeHost';
import type { Host } from './runner/index';
import type { Config } from './views/config';
import type { ModelKeys } from './views/modelKeys';

/** Where the host's parts come from. */
export interface HostParts {
  readonly storage: vscode.Uri;
  readonly config: Config;
  readonly log: vscode.LogOutputChannel;
  readonly keys: ModelKeys;
}

/**
 * The machine as the core sees it from this window. The cache is the command line's, so that what one prepared serves
 * the other; the working folder is the workspace's first, or the extension's own where none is open.
 */
export function createHost({ storage, config, log, keys }: HostParts): Host {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  const { dockerHost } = config;
  return nodeHost({
    cwd: folder?.uri.fsPath ?? storage.fsPath,
    env: dockerHost === '' ? process.env : { ...process.env, DOCKER_HOST: dockerHost },
    secret: (name) => keys.get(name),
    openEditorModel: async (name, options) => {
      const { openEditorModel } = await import('./views/models/editorModel');
      return openEditorModel(name, options);
    },
    log: (level, message) => {
      if (level === 'warning') log.warn(message);
      else log[level](message);
    },
  });
}
