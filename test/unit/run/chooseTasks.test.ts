import { describe, expect, test } from 'vitest';
import type { Task } from '../../../src/runner/model';
import { runConfigSchema } from '../../../src/runner/model';
import type { TaskChoice } from '../../../src/runner/run/chooseTasks';
import { chooseTasks } from '../../../src/runner/run/chooseTasks';
import { taskOf } from '../presentation/fixtures';

const tasks = [
  taskOf('django__django-1', { group: 'django/django', version: '3.0', difficulty: '1-4 hours' }),
  taskOf('django__django-2', { group: 'django/django', version: '3.1', difficulty: '<15 min fix' }),
  taskOf('psf__requests-1', { group: 'psf/requests', version: '2.10', difficulty: null }),
  taskOf('odd[x].y', { group: 'o.d/d', repo: '/tmp/repos/odd.bundle', version: null }),
];

const choose = (choice: Partial<TaskChoice>, from: readonly Task[] = tasks): readonly string[] =>
  chooseTasks(from, { ...runConfigSchema.parse({}), ...choice }, new Map()).map(
    ({ taskId }) => taskId,
  );

describe('which tasks', () => {
  test.each<[Partial<TaskChoice>, readonly number[]]>([
    [{}, [0, 1, 2, 3]],
    [{ task_ids: ['psf__requests-1'] }, [2]],
    [{ task_ids: ['django__*', 'odd[x].y'] }, [0, 1, 3]],
    [{ task_ids: ['*-1'] }, [0, 2]],
    [{ task_ids: ['PSF__requests-1'] }, []],
    [{ task_ids: ['odd[x]?y'] }, []],
    [{ repositories: ['Django/django'] }, [0, 1]],
    [{ repositories: ['requests', 'd'] }, [2, 3]],
    [{ repositories: ['psf/*'] }, [2]],
    [{ repositories: ['o.d/*'] }, [3]],
    [{ versions: ['3.*'] }, [0, 1]],
    [{ versions: ['2.1'] }, []],
    [{ difficulties: ['<15 min fix', '1-4 HOURS'] }, [0, 1]],
    [{ repositories: ['django'], versions: ['3.1'], filter: 'DJANGO-2' }, [1]],
    [{ limit: 2 }, [0, 1]],
    [{ benchmark: 'mle' }, []],
  ])('%j', (choice, expected) => {
    expect(choose(choice)).toEqual(expected.map((index) => tasks[index]?.taskId));
  });
});

describe('small and quick first', () => {
  const sized = (id: string, patchLines: number | null, more: Partial<Task> = {}): Task =>
    taskOf(id, { size: { patchLines, tests: 10 }, ...more });
  const order = 'small-first';

  test('by the gold patch and the number of tests; equal ones stay as they are', () => {
    const many = sized('many tests', 5, { size: { patchLines: 5, tests: 5000 } });
    const from = [sized('large', 200), many, sized('a', 5), sized('b', 5), sized('small', 2)];
    expect(choose({ order }, from)).toEqual(['small', 'a', 'b', 'large', 'many tests']);
    expect(choose({ order, limit: 1 }, from)).toEqual(['small']);
    expect(choose({ order: 'listed', limit: 1 }, from)).toEqual(['large']);
  });

  test('by difficulty', () => {
    const words = ['>4 hours', '1-4 hours', '15 min - 1 hour', '<15 min fix'];
    const from = words.map((difficulty) => sized(difficulty, 10, { difficulty }));
    expect(choose({ order }, from)).toEqual([...words].reverse());
  });

  test('by how long earlier trials took', () => {
    const from = [sized('slow', 10), sized('quick', 12)];
    const durations = new Map([
      ['slow', 300],
      ['quick', 4],
    ]);
    const config = { ...runConfigSchema.parse({}), order } as const;
    expect(chooseTasks(from, config, durations).map(({ taskId }) => taskId)).toEqual([
      'quick',
      'slow',
    ]);
  });

  test('what is not known of a task counts as the average', () => {
    const from = [sized('large', 1000), sized('unknown', null), sized('small', 1)];
    expect(choose({ order }, from)).toEqual(['small', 'unknown', 'large']);
  });
});
