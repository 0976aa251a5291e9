import type { BenchmarkId, Task, TaskState } from '../runner/index';
import { isMleTask, smallFirst } from '../runner/model';
import { formatCount, plural } from './format';

/** A group with more tasks than this shows them in pages: an editor tree cannot lay out 100,000 siblings smoothly. */
export const pageSize = 500;

interface NodeBase {
  /** Stable across refreshes and reloads: expansion and selection hang on it. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
}
export interface BenchmarkNode extends NodeBase {
  readonly kind: 'benchmark';
  readonly benchmark: BenchmarkId;
}
export type GroupLevel = 'dataset' | 'repository' | 'version';
export interface GroupNode extends NodeBase {
  readonly kind: 'group';
  readonly level: GroupLevel;
  readonly parent: BenchmarkNode | GroupNode;
}
export interface PageNode extends NodeBase {
  readonly kind: 'page';
  readonly parent: GroupNode;
  readonly from: number;
}
export interface TaskLeaf extends NodeBase {
  readonly kind: 'task';
  readonly parent: GroupNode | PageNode;
  readonly task: Task;
}
export type TaskNode = BenchmarkNode | GroupNode | PageNode | TaskLeaf;

/** What validation found of a task; `not validated` also where it could not be tried. */
export type ValidationMark = Exclude<TaskState, 'unknown'> | 'not validated';

/** Which tasks are shown; what is empty leaves all. */
export interface TaskFilter {
  /** Part of an id, a repository or a group. */
  readonly text: string;
  readonly marks: readonly ValidationMark[];
  readonly difficulties: readonly string[];
}

export const noFilter: TaskFilter = { text: '', marks: [], difficulties: [] };

export interface TaskTreeOptions {
  readonly filter?: Partial<TaskFilter>;
  readonly markOf?: (task: Task) => ValidationMark;
  /** Within each group: by id, or small and quick tasks first. */
  readonly order?: TaskOrder;
}
export type TaskOrder = 'id' | 'small-first';

const benchmarkNames: Readonly<Record<BenchmarkId, string>> = {
  swe: 'SWE-bench',
  contests: 'CodeContests',
  mle: 'MLE-bench',
};

export function benchmarkName(benchmark: BenchmarkId): string {
  return benchmarkNames[benchmark];
}

/** Tasks of seed files stand together, whatever the number of files. */
const ownDataset = 'Seed files';
const noVersion = 'no version';

/**
 * Tasks as benchmark → dataset → repository → version → task. Benchmark and repository always stand there. The other
 * levels stand only where they divide something: datasets where a benchmark has several of them (all seed files together
 * are one), versions where a repository has several; so a small tree stays small. A dataset that has no level of its own
 * is named beside its benchmark.
 *
 * Nodes are made when they are asked for, and then kept, so that the same question gets the same node.
 */
export class TaskTree {
  readonly total: number;
  readonly shown: number;
  readonly filter: TaskFilter;
  readonly #order: TaskOrder;
  readonly #tasks = new Map<TaskNode, readonly Task[]>();
  readonly #children = new Map<TaskNode, readonly TaskNode[]>();
  readonly #leaves = new Map<string, readonly TaskLeaf[]>();
  readonly #roots: readonly BenchmarkNode[];
  readonly #shownTasks: readonly Task[];

  constructor(tasks: readonly Task[], options: TaskTreeOptions = {}) {
    const { filter = {}, markOf = () => 'not validated', order = 'id' } = options;
    this.filter = { ...noFilter, ...filter, text: (filter.text ?? '').trim() };
    this.#order = order;
    this.#shownTasks = isFiltering(this.filter)
      ? tasks.filter((task) => matchesFilter(task, this.filter, markOf))
      : tasks;
    this.total = tasks.length;
    this.shown = this.#shownTasks.length;
    this.#roots = [...groupBy(this.#shownTasks, ({ benchmark }) => benchmark)].map(
      ([benchmark, own]) => this.#benchmark(benchmark, own),
    );
  }

  get roots(): readonly BenchmarkNode[] {
    return this.#roots;
  }

  childrenOf(node: TaskNode): readonly TaskNode[] {
    const known = this.#children.get(node);
    if (known !== undefined) return known;
    const made = this.#makeChildren(node);
    this.#children.set(node, made);
    return made;
  }

  /** The tasks of a node and of all nodes below it; without a node, all that are shown. */
  tasksOf(node?: TaskNode): readonly Task[] {
    if (node === undefined) return this.#shownTasks;
    if (node.kind === 'task') return [node.task];
    return this.#tasks.get(node) ?? [];
  }

  /** Leaves of a task that were asked for before: what a refresh of it has to redraw. */
  madeLeavesOf(taskId: string): readonly TaskLeaf[] {
    return this.#leaves.get(taskId) ?? [];
  }

  #benchmark(benchmark: BenchmarkId, tasks: readonly Task[]): BenchmarkNode {
    const [dataset, ...others] = new Set(tasks.map(datasetLabel));
    const label = benchmarkName(benchmark);
    const told = [ownDataset, label];
    const named = others.length === 0 && dataset !== undefined && !told.includes(dataset);
    const count = plural(tasks.length, 'task');
    const node: BenchmarkNode = {
      kind: 'benchmark',
      id: benchmark,
      label,
      description: named ? `${count} · ${dataset}` : count,
      benchmark,
    };
    this.#tasks.set(node, tasks);
    return node;
  }

  #makeChildren(node: TaskNode): readonly TaskNode[] {
    const tasks = this.tasksOf(node);
    switch (node.kind) {
      case 'benchmark':
        return this.#dividing(node, 'dataset', tasks) ?? this.#groups(node, 'repository', tasks);
      case 'group':
        if (node.level === 'dataset') return this.#groups(node, 'repository', tasks);
        if (node.level === 'version') return this.#leavesOrPages(node, tasks);
        return this.#dividing(node, 'version', tasks) ?? this.#leavesOrPages(node, tasks);
      case 'page':
        return this.#makeLeaves(node, tasks);
      case 'task':
        return [];
    }
  }

  /** The groups of a level that stands only where there are several of them. */
  #dividing(
    parent: BenchmarkNode | GroupNode,
    level: GroupLevel,
    tasks: readonly Task[],
  ): readonly GroupNode[] | undefined {
    const groups = this.#groups(parent, level, tasks);
    return groups.length > 1 ? groups : undefined;
  }

  #groups(
    parent: BenchmarkNode | GroupNode,
    level: GroupLevel,
    tasks: readonly Task[],
  ): readonly GroupNode[] {
    const nodes = [...groupBy(tasks, groupNames[level])].map(([label, own]): GroupNode => {
      const node: GroupNode = {
        kind: 'group',
        level,
        id: `${parent.id}/${level === 'repository' ? '' : `${level}:`}${label}`,
        label,
        description: formatCount(own.length),
        parent,
      };
      this.#tasks.set(node, own);
      return node;
    });
    return nodes.sort((a, b) => byGroupName(a.label, b.label));
  }

  #leavesOrPages(node: GroupNode, tasks: readonly Task[]): readonly (TaskLeaf | PageNode)[] {
    const byId = [...tasks].sort((a, b) => byName(a.taskId, b.taskId));
    const sorted = this.#order === 'small-first' ? smallFirst(byId, new Map()) : byId;
    if (sorted.length <= pageSize) return this.#makeLeaves(node, sorted);
    return this.#makePages(node, sorted);
  }

  #makeLeaves(parent: GroupNode | PageNode, tasks: readonly Task[]): readonly TaskLeaf[] {
    return tasks.map((task) => {
      const made = leaf(task, parent);
      this.#leaves.set(task.taskId, [...this.madeLeavesOf(task.taskId), made]);
      return made;
    });
  }

  #makePages(group: GroupNode, sorted: readonly Task[]): readonly PageNode[] {
    const pages: PageNode[] = [];
    for (let from = 0; from < sorted.length; from += pageSize) {
      const tasks = sorted.slice(from, from + pageSize);
      const page: PageNode = {
        kind: 'page',
        id: `${group.id}#${from}`,
        label: `${formatCount(from + 1)}–${formatCount(from + tasks.length)}`,
        description: `${tasks[0]?.taskId ?? ''} … ${tasks.at(-1)?.taskId ?? ''}`,
        parent: group,
        from,
      };
      this.#tasks.set(page, tasks);
      pages.push(page);
    }
    return pages;
  }
}

const groupNames: Readonly<Record<GroupLevel, (task: Task) => string>> = {
  dataset: datasetLabel,
  repository: ({ group }) => group,
  version: ({ version }) => version ?? noVersion,
};

function datasetLabel(task: Task): string {
  // A file of contest problems is a dataset of its own, not a list of tasks that somebody keeps.
  if (task.benchmark === 'contests' || ('official' in task && task.official === true))
    return task.dataset;
  const file = task.source.file.split(/[/\\]/).at(-1);
  return task.dataset === file ? ownDataset : task.dataset;
}

function groupBy<K>(tasks: readonly Task[], keyOf: (task: Task) => K): ReadonlyMap<K, Task[]> {
  const groups = new Map<K, Task[]>();
  for (const task of tasks) {
    const key = keyOf(task);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [task]);
    else group.push(task);
  }
  return groups;
}

function leaf(task: Task, parent: GroupNode | PageNode): TaskLeaf {
  return {
    kind: 'task',
    // With the file: the same id may stand in two seed files.
    id: `${task.benchmark}/${task.group}/${task.taskId}@${task.source.file}`,
    // Where they stand says which competition's they are.
    label: isMleTask(task) ? (task.technique ?? 'competition') : task.taskId,
    description: task.ref === null ? '' : shortRef(task.ref),
    parent,
    task,
  };
}

/** A commit hash cut to seven digits; branches and tags as they are. */
export function shortRef(ref: string): string {
  return /^[0-9a-f]{12,}$/.test(ref) ? ref.slice(0, 7) : ref;
}

export function isFiltering({ text, marks, difficulties }: TaskFilter): boolean {
  return text !== '' || marks.length > 0 || difficulties.length > 0;
}

/** `“django”, broken or flaky`: what a filter leaves, in a few words. */
export function filterWords({ text, marks, difficulties }: TaskFilter): string {
  return [text === '' ? '' : `“${text}”`, marks.join(' or '), difficulties.join(' or ')]
    .filter((part) => part !== '')
    .join(', ');
}

function matchesFilter(
  task: Task,
  { text, marks, difficulties }: TaskFilter,
  markOf: (task: Task) => ValidationMark,
): boolean {
  return (
    matchesText(task, text) &&
    (marks.length === 0 || marks.includes(markOf(task))) &&
    (difficulties.length === 0 || difficulties.includes(task.difficulty ?? ''))
  );
}

/** Whether the filter text is part of a task's id, repository or group; upper and lower case are the same. */
export function matchesText(task: Task, filter: string): boolean {
  const text = filter.toLowerCase();
  return (
    task.taskId.toLowerCase().includes(text) ||
    task.group.toLowerCase().includes(text) ||
    (task.repo ?? '').toLowerCase().includes(text)
  );
}

const collator = new Intl.Collator('en', { numeric: true });

function byName(a: string, b: string): number {
  return collator.compare(a, b);
}

/** By name; what has none, and what is the user's own, comes last. */
function byGroupName(a: string, b: string): number {
  const last = [noVersion, ownDataset];
  return Number(last.includes(a)) - Number(last.includes(b)) || byName(a, b);
}
