import path from 'node:path';
import * as vscode from 'vscode';
import { isContestTask } from '../presentation/contestStatement';
import { RefreshQueue } from '../presentation/refreshQueue';
import type { LoadedTasks, Task, TaskFileProblem } from '../runner/index';
import { isMleTask } from '../runner/model';
import { loadDataset } from './competitions/loadDataset';
import type { Config } from './config';
import { setContextKey } from './contextKeys';
import type { Core } from './core';
import type { Disposes } from './disposables';
import { DisposableStore } from './disposables';
import type { ShowError } from './showError';

export interface TasksModelOptions {
  readonly core: Core;
  readonly config: Config;
  /** Task files that come with the extension, shown when the user added them to this workspace. */
  readonly samples: vscode.Uri;
  readonly memory: vscode.Memento;
  readonly showError: ShowError;
}

const samplesKey = 'samplesAdded';
const ignoredFolders = '**/{node_modules,.git,.venv}/**';

/**
 * The tasks of the workspace's task files. Files are looked for when somebody first asks, then watched; a changed file is
 * read alone. Lines that cannot be used stand in the Problems panel.
 */
export class TasksModel implements Disposes {
  readonly #options: TasksModelOptions;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  readonly #diagnostics = this.#store.add(vscode.languages.createDiagnosticCollection('benchyard'));
  readonly #validated = this.#store.add(new vscode.EventEmitter<void>());
  readonly #progress = this.#store.add(new vscode.EventEmitter<string>());
  readonly #stale = this.#store.add(
    new RefreshQueue<string>(
      (files) => void this.#readAll([...files]).catch(this.#options.showError),
      200,
    ),
  );
  readonly #files = new Map<string, LoadedTasks>();
  readonly #abort = new AbortController();
  #watchers = this.#store.add(new DisposableStore());
  #loading: Promise<void> | undefined;
  #datasetsRead: Promise<void> = Promise.resolve();

  /** The list of tasks changed. */
  readonly onDidChange = this.#changed.event;
  /** Somebody wrote down what validation found of some tasks. */
  readonly onDidValidate = this.#validated.event;
  /** What is being downloaded; empty: nothing any more. */
  readonly onProgress = this.#progress.event;

  constructor(options: TasksModelOptions) {
    this.#options = options;
    this.#store.add(
      options.config.onDidChange(['taskFiles', 'competitionFolders'], () => {
        if (this.#loading !== undefined) void this.refresh().catch(options.showError);
      }),
    );
    this.#store.add(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        if (this.#loading !== undefined) void this.refresh().catch(options.showError);
      }),
    );
    this.#store.add(
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        if (this.#loading !== undefined) void this.refresh().catch(options.showError);
      }),
    );
  }

  get tasks(): readonly Task[] {
    return withoutDoubles([...this.#files.values()].flatMap((file) => file.tasks));
  }

  get problems(): readonly TaskFileProblem[] {
    return [...this.#files.values()].flatMap((file) => file.problems);
  }

  /** Finds and reads the task files, once. */
  load(): Promise<void> {
    this.#loading ??= this.refresh();
    return this.#loading;
  }

  /** Finds and reads all task files again; datasets of the hub follow, since they may have to be downloaded. */
  async refresh(): Promise<void> {
    this.#loading ??= Promise.resolve();
    this.#watch();
    const found = await this.findFiles();
    const { datasets } = this;
    const listed = new Set([...found, ...datasets]);
    for (const file of this.#files.keys()) if (!listed.has(file)) this.#forget(file);
    await this.#readAll(found);
    setContextKey('benchyard.tasksLoaded', true);
    this.#datasetsRead = this.#readDatasets(datasets).catch(this.#options.showError);
  }

  /** The datasets of the hub, and those that were saved here, that the settings list. A workspace that is not trusted does not get anything downloaded. */
  get datasets(): readonly string[] {
    return vscode.workspace.isTrusted ? this.#options.config.taskFiles.filter(isDataset) : [];
  }

  /** Reads the files and waits for the datasets as well. */
  async loadAll(): Promise<void> {
    await this.load();
    await this.#datasetsRead;
  }

  /** Reads the files; for a task of a dataset of the hub, waits for the datasets as well. */
  async loadSource(file: string): Promise<void> {
    await this.load();
    if (isDataset(file)) await this.#datasetsRead;
  }

  /** Shows the extension's sample tasks in this workspace, now and later. */
  async addSamples(): Promise<void> {
    await this.#options.memory.update(samplesKey, true);
    await this.refresh();
  }

  /** A task by its file and id, as tabs remember it. */
  find(file: string, taskId: string): Task | undefined {
    return this.tasks.find((task) => task.taskId === taskId && task.source.file === file);
  }

  /** Where a task stands; undefined for one that was given without a file, or in one that is no text. */
  locate(task: Pick<Task, 'source'>): vscode.Location | undefined {
    if (task.source.line === 0 || !task.source.file.endsWith('.jsonl')) return undefined;
    if (isDataset(task.source.file)) return undefined;
    return new vscode.Location(
      this.#uri(task.source.file),
      new vscode.Position(task.source.line - 1, 0),
    );
  }

  /** The task files that are there now. */
  async findFiles(): Promise<readonly string[]> {
    const { config, memory, samples } = this.#options;
    const found = await Promise.all(
      config.taskFiles.filter((name) => !isDataset(name)).map((name) => findTaskFiles(name)),
    );
    const uris = found.flat();
    if (memory.get<boolean>(samplesKey) === true) uris.push(samples);
    return [
      ...new Set(uris.filter((uri) => uri.scheme === 'file').map((uri) => this.#name(uri))),
    ].sort();
  }

  dispose(): void {
    this.#abort.abort();
    this.#store.dispose();
  }

  #tell(): void {
    const { tasks } = this;
    setContextKey('benchyard.hasContests', tasks.some(isContestTask));
    setContextKey('benchyard.hasCompetitions', tasks.some(isMleTask));
    this.#changed.fire();
  }

  async #readAll(files: readonly string[]): Promise<void> {
    const runner = await this.#options.core.runner();
    const { signal } = this.#abort;
    for (const file of files) {
      const loaded = await runner.loadTasks([file], { signal });
      this.#files.set(file, loaded);
      this.#diagnostics.set(this.#uri(file), loaded.problems.map(toDiagnostic));
    }
    this.#tell();
  }

  /** One by one, each shown when it is there. What cannot be had is told, and the others still load. */
  async #readDatasets(names: readonly string[]): Promise<void> {
    const runner = await this.#options.core.runner();
    const { signal } = this.#abort;
    const onProgress = (line: string): void => {
      this.#progress.fire(line);
    };
    for (const name of names) {
      const { folders: registry } = this.#options.config.run.competitions;
      this.#files.set(name, await loadDataset(runner, name, { signal, onProgress, registry }));
      this.#tell();
      this.#progress.fire('');
    }
  }

  #forget(file: string): void {
    this.#files.delete(file);
    if (!isDataset(file)) this.#diagnostics.delete(this.#uri(file));
  }

  #watch(): void {
    this.#store.delete(this.#watchers);
    const watchers = this.#store.add(new DisposableStore());
    this.#watchers = watchers;
    const validations = watchers.add(
      vscode.workspace.createFileSystemWatcher('**/*.validation.json'),
    );
    const validated = (): void => {
      this.#validated.fire();
    };
    watchers.add(validations.onDidCreate(validated));
    watchers.add(validations.onDidChange(validated));
    for (const glob of this.#options.config.taskFiles) {
      if (isDataset(glob) || path.isAbsolute(glob)) continue;
      const watcher = watchers.add(vscode.workspace.createFileSystemWatcher(glob));
      const read = (uri: vscode.Uri): void => {
        if (!/[\\/](node_modules|\.git|\.venv)[\\/]/.test(uri.fsPath))
          this.#stale.add(this.#name(uri));
      };
      watchers.add(watcher.onDidCreate(read));
      watchers.add(watcher.onDidChange(read));
      watchers.add(
        watcher.onDidDelete((uri) => {
          this.#forget(this.#name(uri));
          this.#tell();
        }),
      );
    }
  }

  /** A file as run folders name it: relative to the working folder where it is below, so that they can be moved. */
  #name(uri: vscode.Uri): string {
    const relative = path.relative(this.#options.core.cwd, uri.fsPath);
    return relative.startsWith('..') || path.isAbsolute(relative) ? uri.fsPath : relative;
  }

  #uri(file: string): vscode.Uri {
    return vscode.Uri.file(path.resolve(this.#options.core.cwd, file));
  }
}

/** Names of datasets begin so; all others are patterns of files. */
function isDataset(name: string): boolean {
  return name.startsWith('hub:') || name.startsWith('data:') || name.startsWith('mle:');
}

/** A competition may be in several lists; it is the same one in each. */
function withoutDoubles(tasks: readonly Task[]): readonly Task[] {
  const competitions = new Set<string>();
  return tasks.filter((task) => {
    if (!isMleTask(task)) return true;
    const isNew = !competitions.has(task.taskId);
    competitions.add(task.taskId);
    return isNew;
  });
}

/** Files of the workspace by a pattern; a whole path may be anywhere. */
async function findTaskFiles(name: string): Promise<readonly vscode.Uri[]> {
  return path.isAbsolute(name)
    ? [vscode.Uri.file(name)]
    : vscode.workspace.findFiles(name, ignoredFolders);
}

function toDiagnostic(problem: TaskFileProblem): vscode.Diagnostic {
  const line = Math.max(0, problem.line - 1);
  const message = problem.field === '' ? problem.message : `${problem.field}: ${problem.message}`;
  const range = new vscode.Range(line, 0, line, Number.MAX_SAFE_INTEGER);
  const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
  diagnostic.source = 'Benchyard';
  return diagnostic;
}
