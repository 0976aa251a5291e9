import { describe, expect, it } from 'vitest';
import type { TaskNode } from '../../../src/presentation/taskTree';
import {
  filterWords,
  matchesText,
  pageSize,
  shortRef,
  TaskTree,
} from '../../../src/presentation/taskTree';
import type { Task } from '../../../src/runner/model';
import { taskOf } from './fixtures';

const tasks = [
  taskOf('django__django-20', { source: { file: 'a.jsonl', line: 1 } }),
  taskOf('django__django-3', { source: { file: 'a.jsonl', line: 2 } }),
  taskOf('requests__requests-1', { group: 'requests', repo: 'https://example.com/psf/requests' }),
  taskOf('spaceship', { benchmark: 'mle', group: 'lite', repo: null, ref: null }),
];

function outline(tree: TaskTree, nodes: readonly TaskNode[] = tree.roots, depth = 0): string[] {
  return nodes.flatMap((node) => [
    `${'  '.repeat(depth)}${node.label} [${node.description}]`,
    ...outline(tree, tree.childrenOf(node), depth + 1),
  ]);
}

describe('TaskTree', () => {
  it('groups by benchmark and repository, names in natural order', () => {
    expect(outline(new TaskTree(tasks))).toEqual([
      'SWE-bench [3 tasks]',
      '  django [2]',
      '    django__django-3 [0123456]',
      '    django__django-20 [0123456]',
      '  requests [1]',
      '    requests__requests-1 [0123456]',
      'MLE-bench [1 task]',
      '  lite [1]',
      '    competition []',
    ]);
  });

  it('shows what the filter leaves and still knows how many there are', () => {
    const tree = new TaskTree(tasks, { filter: { text: ' PSF/req ' } });
    expect(outline(tree)).toEqual([
      'SWE-bench [1 task]',
      '  requests [1]',
      '    requests__requests-1 [0123456]',
    ]);
    expect([tree.shown, tree.total, tree.filter.text]).toEqual([1, 4, 'PSF/req']);
  });

  it('gives the same node for the same question, with an id that a rebuilt tree repeats', () => {
    const tree = new TaskTree(tasks);
    const [root] = tree.roots;
    expect(tree.childrenOf(root!)[0]).toBe(tree.childrenOf(root!)[0]);
    const ids = (of: TaskTree): string[] => of.childrenOf(of.roots[0]!).map((node) => node.id);
    expect(ids(new TaskTree(tasks))).toEqual(ids(tree));
  });

  it('has different ids for the same task in two files', () => {
    const twice = [
      taskOf('same', { source: { file: 'a.jsonl', line: 1 } }),
      taskOf('same', { source: { file: 'b.jsonl', line: 1 } }),
    ];
    const tree = new TaskTree(twice);
    const leaves = tree.childrenOf(tree.childrenOf(tree.roots[0]!)[0]!);
    expect(new Set(leaves.map((leaf) => leaf.id)).size).toBe(2);
  });

  it('knows the tasks below each node', () => {
    const tree = new TaskTree(tasks);
    const [swe] = tree.roots;
    const [django] = tree.childrenOf(swe!);
    expect(tree.tasksOf().length).toBe(4);
    expect(tree.tasksOf(swe).map((task) => task.taskId)).toHaveLength(3);
    expect(tree.tasksOf(django).map((task) => task.taskId)).toEqual([
      'django__django-20',
      'django__django-3',
    ]);
  });

  it('knows only those leaves of a task that somebody saw', () => {
    const tree = new TaskTree(tasks);
    expect(tree.madeLeavesOf('django__django-3')).toEqual([]);
    const leaves = tree.childrenOf(tree.childrenOf(tree.roots[0]!)[0]!);
    expect(tree.madeLeavesOf('django__django-3')).toEqual([leaves[0]]);
  });

  it('shows a large group in pages and makes no leaf before its page is opened', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => taskOf(`django__django-${String(i)}`));
    const tree = new TaskTree(many);
    const group = tree.childrenOf(tree.roots[0]!)[0]!;
    const pages = tree.childrenOf(group);
    expect(pages).toHaveLength(100_000 / pageSize);
    expect(pages[1]).toMatchObject({
      label: '501–1,000',
      description: 'django__django-500 … django__django-999',
    });
    expect(tree.madeLeavesOf('django__django-501')).toEqual([]);
    expect(tree.childrenOf(pages[1]!)).toHaveLength(pageSize);
    expect(tree.madeLeavesOf('django__django-501')).toHaveLength(1);
    expect(tree.tasksOf(pages[1])).toHaveLength(pageSize);
  });

  it('is empty where there are no tasks', () => {
    expect(new TaskTree([]).roots).toEqual([]);
    expect(new TaskTree(tasks, { filter: { text: 'nothing like it' } }).roots).toEqual([]);
  });
});

it('matches id, group and repository, whatever the case', () => {
  const task = taskOf('Django__11099', { group: 'Tools', repo: 'https://example.com/x/Y' });
  expect(['django', 'TOOLS', '/x/y'].every((text) => matchesText(task, text))).toBe(true);
  expect(matchesText(task, 'flask')).toBe(false);
});

it('cuts hashes, not names', () => {
  expect(shortRef('0123456789abcdef0123456789abcdef01234567')).toBe('0123456');
  expect(shortRef('release/2.x')).toBe('release/2.x');
});

describe('levels of the tree', () => {
  const official = (taskId: string, dataset: string, more: Partial<Task> = {}): Task =>
    taskOf(taskId, { dataset, source: { file: `hub:${dataset}`, line: 1 }, ...more });
  const lite = [
    official('django-1', 'SWE-bench Lite', { version: '3.2' }),
    official('django-2', 'SWE-bench Lite', { version: '3.10' }),
    official('django-3', 'SWE-bench Lite', { version: null }),
    official('flask-1', 'SWE-bench Lite', { group: 'flask', version: '2.0' }),
  ];

  it('has versions where a repository has several, and names the only dataset', () => {
    expect(outline(new TaskTree(lite))).toEqual([
      'SWE-bench [4 tasks · SWE-bench Lite]',
      '  django [3]',
      '    3.2 [1]',
      '      django-1 [0123456]',
      '    3.10 [1]',
      '      django-2 [0123456]',
      '    no version [1]',
      '      django-3 [0123456]',
      '  flask [1]',
      '    flask-1 [0123456]',
    ]);
  });

  it('has datasets where there are several; all seed files are one', () => {
    const own = ['a.jsonl', 'b.jsonl'].map((file) => taskOf(file, { source: { file, line: 1 } }));
    const tree = new TaskTree([...own, ...lite, official('x', 'SWE-Gym')]);
    expect(outline(tree).filter((line) => /^ {0,2}\S/.test(line))).toEqual([
      'SWE-bench [7 tasks]',
      '  SWE-bench Lite [4]',
      '  SWE-Gym [1]',
      '  Seed files [2]',
    ]);
    expect(outline(new TaskTree(own))[1]).toBe('  django [2]');
  });

  it('has files of contest problems as datasets, and their sites below', () => {
    const problem = (id: string, file: string, group: string): Task =>
      taskOf(id, {
        ...{ benchmark: 'contests', group, repo: null, ref: null },
        dataset: file,
        source: { file, line: 1 },
      });
    const tree = new TaskTree([
      problem('4_A', 'data:py3:test', 'Codeforces'),
      problem('p1', 'data:py3:test', 'AtCoder'),
      problem('HumanEval/0', 'HumanEval.jsonl', 'HumanEval'),
    ]);
    expect(outline(tree)).toEqual([
      'CodeContests [3 tasks]',
      '  data:py3:test [2]',
      '    AtCoder [1]',
      '      p1 []',
      '    Codeforces [1]',
      '      4_A []',
      '  HumanEval.jsonl [1]',
      '    HumanEval [1]',
      '      HumanEval/0 []',
    ]);
  });

  it('filters by what validation found and by difficulty, and says so', () => {
    const marked = lite.map((task, n) => ({ ...task, difficulty: n % 2 === 0 ? 'easy' : 'hard' }));
    const options = {
      filter: { marks: ['broken', 'flaky'], difficulties: ['hard'] },
      markOf: ({ taskId }: Task) => (taskId.startsWith('django') ? 'broken' : 'good'),
    } as const;
    const tree = new TaskTree(marked, options);
    expect(tree.tasksOf().map(({ taskId }) => taskId)).toEqual(['django-2']);
    expect(filterWords(tree.filter)).toBe('broken or flaky, hard');
  });

  it('puts small tasks first when that is asked for', () => {
    const sized = [30, 2, 400].map((patchLines, n) =>
      taskOf(`t-${String(n)}`, { size: { patchLines, tests: 1 } }),
    );
    const leaves = (order: 'id' | 'small-first'): readonly string[] =>
      outline(new TaskTree(sized, { order }))
        .slice(2)
        .map((line) => line.trim().slice(0, 3));
    expect(leaves('id')).toEqual(['t-0', 't-1', 't-2']);
    expect(leaves('small-first')).toEqual(['t-1', 't-0', 't-2']);
  });
});
