import * as vscode from 'vscode';
import type { Disposes } from './disposables';
import type { RunSettings } from '../presentation/runSettings';

const section = 'benchyard';

/** The extension's settings. Values are as the user wrote them: the core checks what a run is made of. */
export class Config implements Disposes {
  readonly #changes = new vscode.EventEmitter<vscode.ConfigurationChangeEvent>();
  readonly #listener = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(section)) this.#changes.fire(event);
  });

  get taskFiles(): readonly string[] {
    return this.#get('taskFiles', []);
  }

  get dockerHost(): string {
    return this.#get('dockerHost', '');
  }

  get notifyWhenRunEnds(): boolean {
    return this.#get('notifyWhenRunEnds', true);
  }

  get run(): RunSettings {
    return {
      agent: this.#get('agent', ''),
      attempts: this.#get('attempts', 1),
      concurrency: this.#get('concurrency', 0),
      sandbox: this.#get('sandbox', 'auto'),
      image: this.#get('image', ''),
      imageMirror: this.#get('imageMirror', ''),
      imageBudget: this.#get('imageBudget', ''),
      keepSandbox: this.#get('keepSandbox', false),
      runsFolder: this.#get('runsFolder', 'sandbox/runs'),
      model: this.#get('model', ''),
      modelBaseUrl: this.#get('modelBaseUrl', ''),
      maxCost: this.#get('maxCost', null),
      modelPrices: this.#get('modelPrices', {}),
      timeouts: {
        clone: this.#get('timeouts.clone', null),
        install: this.#get('timeouts.install', null),
        apply: this.#get('timeouts.apply', null),
        test: this.#get('timeouts.test', null),
        total: this.#get('timeouts.total', null),
        agent: this.#get('timeouts.agent', null),
      },
      patchLimits: {
        maxBytes: this.#get('patchLimits.maxBytes', 262_144),
        maxFiles: this.#get('patchLimits.maxFiles', 50),
        maxHunks: this.#get('patchLimits.maxHunks', 500),
      },
    };
  }

  async setAgent(agent: string): Promise<void> {
    await this.#update('agent', agent);
  }

  /** Lists a task file or a dataset, for this workspace where one is open. */
  async addTaskFile(name: string): Promise<void> {
    if (this.taskFiles.includes(name)) return;
    const target =
      vscode.workspace.workspaceFolders === undefined
        ? vscode.ConfigurationTarget.Global
        : vscode.ConfigurationTarget.Workspace;
    const all = [...this.taskFiles, name];
    await vscode.workspace.getConfiguration(section).update('taskFiles', all, target);
  }

  async stopNotifying(): Promise<void> {
    await this.#update('notifyWhenRunEnds', false);
  }

  /** Calls back when one of the named settings changed. */
  onDidChange(names: readonly string[], changed: () => void): vscode.Disposable {
    return this.#changes.event((event) => {
      if (names.some((name) => event.affectsConfiguration(`${section}.${name}`))) changed();
    });
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changes.dispose();
  }

  #get<T>(name: string, fallback: T): T {
    return vscode.workspace.getConfiguration(section).get<T>(name) ?? fallback;
  }

  async #update(name: string, value: unknown): Promise<void> {
    const target = vscode.ConfigurationTarget.Global;
    await vscode.workspace.getConfiguration(section).update(name, value, target);
  }
}
