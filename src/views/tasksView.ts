import * as vscode from 'vscode';
import { competitionRow, stateFlags } from '../presentation/competitionRow';
import { isContestTask, testCounts } from '../presentation/contestStatement';
import { plural } from '../presentation/format';
import { RefreshQueue } from '../presentation/refreshQueue';
import { isRepositoryTask } from '../presentation/taskStatement';
import type {
  GroupLevel,
  GroupNode,
  TaskFilter,
  TaskLeaf,
  TaskNode,
  TaskOrder,
} from '../presentation/taskTree';
import { filterWords, isFiltering, noFilter, TaskTree } from '../presentation/taskTree';
import { icons, joinFacts, joinWords, statusIcon, statusLabel } from '../presentation/trialLabels';
import type { MleTask, Task, TaskValidation } from '../runner/index';
import { isMleTask } from '../runner/model';
import type { Competitions } from './competitions/competitions';
import { setContextKey } from './contextKeys';
import type { Disposes } from './disposables';
import { DisposableStore } from './disposables';
import type { RunsModel } from './runsModel';
import type { ShowError } from './showError';
import { decoratedTask } from './taskDecorations';
import type { TasksModel } from './tasksModel';
import type { TaskValidations } from './taskValidations';
import { themeIcon } from './themeIcon';

export interface TasksViewOptions {
  readonly model: TasksModel;
  /** Where the last result of each task comes from. */
  readonly runs: RunsModel;
  readonly validations: TaskValidations;
  /** Which competitions can be run. */
  readonly competitions: Competitions;
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
  #filter = noFilter;
  #order: TaskOrder = 'id';
  #notice = '';
  #progress = '';
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
        if (options.model.tasks.some(isMleTask)) options.competitions.ensure();
        this.#rebuild();
      }),
    );
    this.#store.add(
      options.competitions.onDidChange(() => {
        this.#rebuild();
      }),
    );
    this.#store.add(
      options.validations.onDidChange(() => {
        this.#rebuild();
      }),
    );
    this.#store.add(
      options.model.onProgress((line) => {
        this.#progress = line;
        this.#showMessage();
      }),
    );
    this.#store.add(
      options.runs.onDidLearnResult((taskId) => {
        this.#queue.add(taskId);
      }),
    );
  }

  get filter(): TaskFilter {
    return this.#filter;
  }

  set filter(filter: TaskFilter) {
    this.#filter = { ...filter, text: filter.text.trim() };
    this.#rebuild();
    setContextKey('benchyard.tasksFiltered', isFiltering(this.#filter));
  }

  get order(): TaskOrder {
    return this.#order;
  }

  set order(order: TaskOrder) {
    this.#order = order;
    this.#rebuild();
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
    if (node.kind === 'group') item.iconPath = new vscode.ThemeIcon(groupIcon(node));
    const [task] =
      node.kind === 'group' && node.level === 'repository' ? this.#tree.tasksOf(node) : [];
    if (task !== undefined && isMleTask(task)) this.#showCompetition(item, task, node.label);
    return item;
  }

  resolveTreeItem(item: vscode.TreeItem, node: TaskNode): vscode.TreeItem {
    if (node.kind === 'task')
      item.tooltip = taskTooltip(node.task, this.#options.validations.of(node.task));
    return item;
  }

  dispose(): void {
    this.#store.dispose();
  }

  #leafItem(node: TaskLeaf): vscode.TreeItem {
    const { task } = node;
    const { model, runs, validations } = this.#options;
    const item = new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.None);
    const result = runs.lastResult(task.taskId);
    const status = result === undefined ? 'not run' : statusLabel(result.status);
    const mark = validations.markOf(task);
    const bad = mark === 'broken' || mark === 'flaky' ? mark : '';
    item.id = node.id;
    item.description = joinFacts([bad, node.description, task.difficulty ?? '']);
    item.iconPath = themeIcon(result === undefined ? icons.idle : statusIcon(result.status));
    if (mark !== 'not validated') item.resourceUri = decoratedTask(task.taskId, mark);
    const own = isMleTask(task) ? this.#options.competitions.get(task.competition.id) : undefined;
    const flags = [
      ...(isMleTask(task) ? stateFlags(own) : ['runnable']),
      ...(isMleTask(task) ? [task.technique === null ? 'competition' : 'technique'] : []),
      ...(model.locate(task) === undefined ? [] : ['hasSource']),
      ...(isRepositoryTask(task) ? ['hasRepository'] : []),
      ...(isContestTask(task) ? ['contest'] : []),
      ...(isRepositoryTask(task) && task.goldPatch !== null ? ['hasGold'] : []),
      ...(isRepositoryTask(task) && task.testPatch !== null ? ['hasTestPatch'] : []),
    ];
    item.contextValue = ['task', ...flags].join(' ');
    item.accessibilityInformation = {
      label: joinWords([
        node.label,
        task.group,
        status,
        mark === 'not validated' ? '' : `validated as ${mark}`,
      ]),
    };
    item.command = this.#options.openTask(node);
    return item;
  }

  /** The row of a competition, with its task and the technique tasks on its data below it. */
  #showCompetition(item: vscode.TreeItem, { competition }: MleTask, label: string): void {
    const row = competitionRow(competition, this.#options.competitions.get(competition.id));
    item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
    item.description = row.description;
    item.iconPath = new vscode.ThemeIcon(row.icon);
    item.contextValue = ['group', ...row.flags].join(' ');
    item.accessibilityInformation = {
      label: joinWords([label, competition.name, row.description]),
    };
  }

  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    this.#options.onFirstShown();
    // What earlier runs came to gives the tasks their icons; the tree need not wait for it.
    void this.#options.runs.load().catch(this.#options.showError);
  }

  #rebuild(): void {
    const { model, validations } = this.#options;
    this.#tree = new TaskTree(model.tasks, {
      filter: this.#filter,
      order: this.#order,
      markOf: (task) => validations.markOf(task),
    });
    this.#view.description = joinFacts([
      filterWords(this.#filter),
      this.#order === 'small-first' ? vscode.l10n.t('small first') : '',
    ]);
    this.#showMessage();
    this.#refresh.fire(undefined);
  }

  #showMessage(): void {
    const { filter, shown, total } = this.#tree;
    const bad = this.#options.model.problems.length;
    const lines = [
      this.#notice,
      this.#progress,
      !isFiltering(filter)
        ? ''
        : vscode.l10n.t('{0} of {1} match the filter.', shown, plural(total, 'task')),
      bad === 0
        ? ''
        : vscode.l10n.t('{0} in task files; see the Problems panel.', plural(bad, 'problem')),
    ].filter((line) => line !== '');
    this.#view.message = lines.join('\n');
  }
}

function groupIcon({ id, level }: GroupNode): string {
  // What contest problems are grouped by is the site that they are from.
  return level === 'repository' && id.startsWith('contests/') ? 'globe' : levelIcons[level];
}

const levelIcons: Readonly<Record<GroupLevel, string>> = {
  dataset: 'database',
  repository: 'repo',
  version: 'tag',
};

function taskTooltip(task: Task, validation: TaskValidation | undefined): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.appendMarkdown('**').appendText(task.taskId).appendMarkdown('**\n\n');
  const facts = [
    task.repo === null ? '' : `${task.repo} @ ${task.ref ?? ''}`,
    joinFacts([task.dataset, task.version ?? '', task.difficulty ?? '']),
    ...(isContestTask(task) ? [task.tags.join(', '), testCounts(task)] : []),
    validation === undefined
      ? vscode.l10n.t('Not validated')
      : vscode.l10n.t('Validation: {0}, {1}', validation.state, validation.detail),
  ];
  for (const fact of facts) if (fact !== '') tooltip.appendText(fact).appendMarkdown('\n\n');
  const statement = isRepositoryTask(task)
    ? task.problemStatement
    : isContestTask(task)
      ? task.statement
      : null;
  // Written by whoever made the dataset: as text, so that it can hold neither links nor commands.
  if (statement !== null)
    tooltip.appendText(statement.length > 600 ? `${statement.slice(0, 600)}…` : statement);
  return tooltip;
}
