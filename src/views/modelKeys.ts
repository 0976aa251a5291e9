import type * as vscode from 'vscode';

/**
 * Keys of model providers, by the names of their environment variables. They are kept in the editor's secret storage, or
 * in the environment, and nowhere else.
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

  /** The stored key; else the environment's, else null. */
  async get(name: string): Promise<string | null> {
    const stored = await this.#secrets.get(slot(name));
    const key = stored ?? this.#env[name] ?? '';
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

function slot(name: string): string {
  return `benchyard.modelKey.${name}`;
}
