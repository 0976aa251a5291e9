import * as vscode from 'vscode';
import { plural } from '../presentation/format';
import { RefreshQueue } from '../presentation/refreshQueue';
import type { TaskLeaf, TaskNode } from '../presentation/taskTree';
import { TaskTree } from '../presentation/taskTree';
import { icons, statusIcon, statusLabel } from '../presentation/trialLabels';
import type { RepositoryTask, Task } from '../runner/index';
import { setContextKey } from './contextKeys';
import type { Disposes } from './disposables';
import { DisposableStore } from './disposables';
import type { RunsModel } from './runsModel';
import type { ShowError } from './showError';
import type { TasksModel } from './tasksModel';
import { themeIcon } from './themeIcon';

export interface TasksViewOptions {
  readonly model: TasksModel;
  /** Where the last result of each task comes from. */
  readonly runs: RunsModel;
  /** The command behind a click on a task. */
  readonly openTask: (node: TaskLeaf) => vscode.Command;
  /** The view is shown for the first time: the moment to see whether its tasks could run. */
  readonly onFirstShown: () => void;
  readonly showError: ShowError;
}

/** The view *Tasks*. */
export class TasksView implements vscode.TreeDataProvider<TaskNode>, Disposes {
  readonly #options: TasksViewOptions;
  readonly #store = new DisposableStore();
  readonly #refresh = this.#store.add(new vscode.EventEmitter<TaskNode[] | undefined>());
  readonly #queue = this.#store.add(
    new RefreshQueue<string>((taskIds) => {
      const leaves = [...taskIds].flatMap((taskId) => this.#tree.madeLeavesOf(taskId));
      if (leaves.length > 0) this.#refresh.fire(leaves);
    }),
  );
  readonly #view: vscode.TreeView<TaskNode>;
  #tree = new TaskTree([]);
  #notice = '';
  #announced = false;

  readonly onDidChangeTreeData = this.#refresh.event;

  constructor(options: TasksViewOptions) {
    this.#options = options;
    this.#view = this.#store.add(
      vscode.window.createTreeView<TaskNode>('benchyard.tasks', {
        treeDataProvider: this,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    this.#store.add(
      options.model.onDidChange(() => {
        this.#rebuild(this.#tree.filter);
      }),
    );
    this.#store.add(
      options.runs.onDidLearnResult((taskId) => {
        this.#queue.add(taskId);
      }),
    );
  }

  get filter(): string {
    return this.#tree.filter;
  }

  set filter(filter: string) {
    this.#rebuild(filter);
    setContextKey('benchyard.tasksFiltered', this.#tree.filter !== '');
  }

  get selection(): readonly TaskNode[] {
    return this.#view.selection;
  }

  /** A line above the tree, for what keeps every task from running; empty: none. */
  set notice(text: string) {
    this.#notice = text;
    this.#showMessage();
  }

  /** The tasks of some nodes, without doubles; without nodes, all that the filter leaves. */
  tasksOf(nodes?: readonly TaskNode[]): readonly Task[] {
    if (nodes === undefined) return this.#tree.tasksOf();
    return [...new Set(nodes.flatMap((node) => this.#tree.tasksOf(node)))];
  }

  async getChildren(node?: TaskNode): Promise<TaskNode[]> {
    if (node !== undefined) return [...this.#tree.childrenOf(node)];
    // The message of a failure stands beside an empty tree; throwing here would show a bare stack in the view.
    await this.#options.model.load().catch(this.#options.showError);
    this.#announce();
    return [...this.#tree.roots];
  }

  getParent(node: TaskNode): TaskNode | undefined {
    return node.kind === 'benchmark' ? undefined : node.parent;
  }

  getTreeItem(node: TaskNode): vscode.TreeItem {
    if (node.kind === 'task') return this.#leafItem(node);
    const expanded = node.kind === 'benchmark' || (node.kind === 'group' && this.#tree.shown <= 20);
    const item = new vscode.TreeItem(
      node.label,
      expanded
        ? vscode.TreeItemCollapsibleState.Expanded
        : vscode.TreeItemCollapsibleState.Collapsed,
    );
    item.id = node.id;
    item.description = node.description;
    item.contextValue = `${node.kind} runnable`;
    item.accessibilityInformation = {
      label: `${node.label}, ${plural(this.#tree.tasksOf(node).length, 'task')}`,
    };
    if (node.kind === 'benchmark') item.iconPath = new vscode.ThemeIcon('beaker');
    if (node.kind === 'group') item.iconPath = new vscode.ThemeIcon('repo');
    return item;
  }

  resolveTreeItem(item: vscode.TreeItem, node: TaskNode): vscode.TreeItem {
    if (node.kind === 'task') item.tooltip = taskTooltip(node.task);
    return item;
  }

  dispose(): void {
    this.#store.dispose();
  }

  #leafItem(node: TaskLeaf): vscode.TreeItem {
    const item = new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.None);
    const result = this.#options.runs.lastResult(node.task.taskId);
    const status = result === undefined ? 'not run' : statusLabel(result.status);
    item.id = node.id;
    item.description = node.description;
    item.iconPath = themeIcon(result === undefined ? icons.idle : statusIcon(result.status));
    item.contextValue = `task runnable${node.task.source.line > 0 ? ' hasSource' : ''}`;
    item.accessibilityInformation = { label: `${node.label}, ${node.parent.label}, ${status}` };
    item.command = this.#options.openTask(node);
    return item;
  }

  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    this.#options.onFirstShown();
    // What earlier runs came to gives the tasks their icons; the tree need not wait for it.
    void this.#options.runs.load().catch(this.#options.showError);
  }

  #rebuild(filter: string): void {
    this.#tree = new TaskTree(this.#options.model.tasks, filter);
    this.#view.description = this.#tree.filter === '' ? '' : `“${this.#tree.filter}”`;
    this.#showMessage();
    this.#refresh.fire(undefined);
  }

  #showMessage(): void {
    const { filter, shown, total } = this.#tree;
    const bad = this.#options.model.problems.length;
    const lines = [
      this.#notice,
      filter === ''
        ? ''
        : vscode.l10n.t('{0} of {1} match the filter.', shown, plural(total, 'task')),
      bad === 0
        ? ''
        : vscode.l10n.t('{0} in task files; see the Problems panel.', plural(bad, 'problem')),
    ].filter((line) => line !== '');
    this.#view.message = lines.join('\n');
  }
}

function taskTooltip(task: Task): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.appendMarkdown('**').appendText(task.taskId).appendMarkdown('**\n\n');
  if (task.repo !== null)
    tooltip.appendText(`${task.repo} @ ${task.ref ?? ''}`).appendMarkdown('\n\n');
  const statement = isRepositoryTask(task) ? task.problemStatement : null;
  // Written by whoever made the dataset: as text, so that it can hold neither links nor commands.
  if (statement !== null)
    tooltip.appendText(statement.length > 600 ? `${statement.slice(0, 600)}…` : statement);
  return tooltip;
}

function isRepositoryTask(task: Task): task is RepositoryTask {
  return task.benchmark === 'swe' && 'problemStatement' in task;
}
