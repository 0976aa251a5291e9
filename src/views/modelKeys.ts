import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import * as vscode from 'vscode';

/**
 * Keys of model providers, by the names of their environment variables. They are kept in the editor's secret storage, in
 * the environment or in a `.env` of the workspace's first folder, as on the command line, and nowhere else.
 */
export class ModelKeys {
  readonly #secrets: vscode.SecretStorage;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(
    secrets: vscode.SecretStorage,
    env: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    this.#secrets = secrets;
    this.#env = env;
  }

  /** The stored key; else the environment's, else that of the workspace, else null. */
  async get(name: string): Promise<string | null> {
    const stored = await this.#secrets.get(slot(name));
    const key = stored ?? this.#env[name] ?? (await keyOfWorkspace(name)) ?? '';
    return key === '' ? null : key;
  }

  /** Whether a key is in the secret storage: what *Clear Model Key* can clear. */
  async isStored(name: string): Promise<boolean> {
    return (await this.#secrets.get(slot(name))) !== undefined;
  }

  async store(name: string, key: string): Promise<void> {
    await this.#secrets.store(slot(name), key);
  }

  async clear(name: string): Promise<void> {
    await this.#secrets.delete(slot(name));
  }
}

/** Nobody's key is taken from a workspace that nobody trusts. */
async function keyOfWorkspace(name: string): Promise<string | undefined> {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  if (folder === undefined || !vscode.workspace.isTrusted) return undefined;
  try {
    return parseEnv(await readFile(path.join(folder.uri.fsPath, '.env'), 'utf8'))[name];
  } catch {
    return undefined; // There is none, or it cannot be read: then the key is asked for.
  }
}

function slot(name: string): string {
  return `benchyard.modelKey.${name}`;
}
