import type { BenchmarkId, Task } from '../runner/index';
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
export interface GroupNode extends NodeBase {
  readonly kind: 'group';
  readonly parent: BenchmarkNode;
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

const benchmarkNames: Readonly<Record<BenchmarkId, string>> = {
  swe: 'SWE-bench',
  contests: 'CodeContests',
  mle: 'MLE-bench',
};

export function benchmarkName(benchmark: BenchmarkId): string {
  return benchmarkNames[benchmark];
}

/**
 * Tasks as benchmark → repository → task. Tasks are put into their groups and counted once; nodes below a group are made
 * when they are asked for, and then kept, so that the same question gets the same node.
 */
export class TaskTree {
  readonly total: number;
  readonly shown: number;
  readonly filter: string;
  readonly #tasks = new Map<TaskNode, readonly Task[]>();
  readonly #children = new Map<TaskNode, readonly TaskNode[]>();
  readonly #leaves = new Map<string, readonly TaskLeaf[]>();
  readonly #roots: readonly BenchmarkNode[];
  readonly #shownTasks: readonly Task[];

  constructor(tasks: readonly Task[], filter = '') {
    this.filter = filter.trim();
    this.#shownTasks =
      this.filter === '' ? tasks : tasks.filter((task) => matchesFilter(task, this.filter));
    this.total = tasks.length;
    this.shown = this.#shownTasks.length;
    this.#roots = this.#groupTasks();
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

  #groupTasks(): readonly BenchmarkNode[] {
    const benchmarks = new Map<BenchmarkId, Map<string, Task[]>>();
    for (const task of this.#shownTasks) {
      const groups = benchmarks.get(task.benchmark) ?? new Map<string, Task[]>();
      benchmarks.set(task.benchmark, groups);
      const group = groups.get(task.group);
      if (group === undefined) groups.set(task.group, [task]);
      else group.push(task);
    }
    return [...benchmarks].map(([benchmark, groups]) => this.#addBenchmark(benchmark, groups));
  }

  #addBenchmark(
    benchmark: BenchmarkId,
    groups: ReadonlyMap<string, readonly Task[]>,
  ): BenchmarkNode {
    const all = [...groups.values()].flat();
    const root: BenchmarkNode = {
      kind: 'benchmark',
      id: benchmark,
      label: benchmarkName(benchmark),
      description: plural(all.length, 'task'),
      benchmark,
    };
    const nodes = [...groups].map(([name, tasks]): GroupNode => {
      const node: GroupNode = {
        kind: 'group',
        id: `${benchmark}/${name}`,
        label: name,
        description: formatCount(tasks.length),
        parent: root,
      };
      this.#tasks.set(node, tasks);
      return node;
    });
    this.#tasks.set(root, all);
    this.#children.set(
      root,
      nodes.sort((a, b) => byName(a.label, b.label)),
    );
    return root;
  }

  #makeChildren(node: TaskNode): readonly TaskNode[] {
    const tasks = this.#tasks.get(node) ?? [];
    switch (node.kind) {
      case 'benchmark':
      case 'task':
        return [];
      case 'page':
        return this.#makeLeaves(node, tasks);
      case 'group': {
        const sorted = [...tasks].sort((a, b) => byName(a.taskId, b.taskId));
        if (sorted.length <= pageSize) return this.#makeLeaves(node, sorted);
        return this.#makePages(node, sorted);
      }
    }
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

function leaf(task: Task, parent: GroupNode | PageNode): TaskLeaf {
  return {
    kind: 'task',
    // With the file: the same id may stand in two seed files.
    id: `${task.benchmark}/${task.group}/${task.taskId}@${task.source.file}`,
    label: task.taskId,
    description: task.ref === null ? '' : shortRef(task.ref),
    parent,
    task,
  };
}

/** A commit hash cut to seven digits; branches and tags as they are. */
export function shortRef(ref: string): string {
  return /^[0-9a-f]{12,}$/.test(ref) ? ref.slice(0, 7) : ref;
}

/** Whether the filter text is part of a task's id, repository or group; upper and lower case are the same. */
export function matchesFilter(task: Task, filter: string): boolean {
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
