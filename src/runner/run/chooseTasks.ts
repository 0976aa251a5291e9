import type { RunConfig, Task } from '../model';
import { smallFirst } from '../model';
import { sampledIndexes } from '../sampledIndexes';
import { Patterns } from './patterns';

/** What a config says of which tasks are meant. */
export type TaskChoice = Pick<
  RunConfig,
  | 'task_ids'
  | 'filter'
  | 'benchmark'
  | 'repositories'
  | 'versions'
  | 'difficulties'
  | 'order'
  | 'limit'
  | 'sample_rate'
  | 'seed'
>;

/** The tasks that are meant, in the order that is asked for; `durations`: seconds that earlier trials took, by task id. */
export function chooseTasks(
  tasks: readonly Task[],
  choice: TaskChoice,
  durations: ReadonlyMap<string, number>,
): readonly Task[] {
  const chosen = sample(tasks.filter(meant(choice)), choice);
  const ordered = choice.order === 'small-first' ? smallFirst(chosen, durations) : chosen;
  return choice.limit === undefined ? ordered : ordered.slice(0, choice.limit);
}

/** A share of the tasks, in their order. The same tasks, rate and seed give the same ones. */
function sample(
  tasks: readonly Task[],
  { sample_rate: rate, seed }: Pick<TaskChoice, 'sample_rate' | 'seed'>,
): readonly Task[] {
  if (rate === undefined) return tasks;
  const kept = sampledIndexes(tasks.length, { rate, seed });
  return tasks.filter((_, n) => kept.has(n));
}

function meant(choice: TaskChoice): (task: Task) => boolean {
  const loosely = (list: readonly string[] | undefined): Patterns | null =>
    list === undefined ? null : new Patterns(list, { ignoreCase: true });
  const ids = choice.task_ids === undefined ? null : new Patterns(choice.task_ids);
  const repositories = loosely(choice.repositories);
  const versions = loosely(choice.versions);
  const difficulties = loosely(choice.difficulties);
  const text = choice.filter?.toLowerCase();
  return ({ benchmark, taskId, group, repo, version, difficulty }) =>
    (choice.benchmark === undefined || benchmark === choice.benchmark) &&
    (ids?.has(taskId) ?? true) &&
    (repositories?.has(group, group.split('/').pop() ?? null, repo) ?? true) &&
    (versions?.has(version) ?? true) &&
    (difficulties?.has(difficulty) ?? true) &&
    (text === undefined ||
      [taskId, repo, group].some((part) => part?.toLowerCase().includes(text) === true));
}
