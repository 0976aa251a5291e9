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

  get serverPort(): number {
    return this.#get('serverPort', 8000);
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
      competitions: {
        folders: this.#get('competitionFolders', []),
        data: this.#get('competitionData', ''),
      },
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

  /** Lists task files or datasets, for this workspace where one is open. */
  async addTaskFiles(names: readonly string[]): Promise<void> {
    await this.#addTo('taskFiles', this.taskFiles, names);
  }

  /** Lists a folder with competitions of the user's own, in the same way. */
  async addCompetitionFolder(folder: string): Promise<void> {
    await this.#addTo('competitionFolders', this.run.competitions.folders, [folder]);
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

  async #addTo(name: string, known: readonly string[], more: readonly string[]): Promise<void> {
    const all = [...new Set([...known, ...more])];
    if (all.length === known.length) return;
    const target =
      vscode.workspace.workspaceFolders === undefined
        ? vscode.ConfigurationTarget.Global
        : vscode.ConfigurationTarget.Workspace;
    await vscode.workspace.getConfiguration(section).update(name, all, target);
  }

  async #update(name: string, value: unknown): Promise<void> {
    const target = vscode.ConfigurationTarget.Global;
    await vscode.workspace.getConfiguration(section).update(name, value, target);
  }
}
