import type { RunConfig, Task } from '../model';
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
>;

/** The tasks that are meant, in the order that is asked for; `durations`: seconds that earlier trials took, by task id. */
export function chooseTasks(
  tasks: readonly Task[],
  choice: TaskChoice,
  durations: ReadonlyMap<string, number>,
): readonly Task[] {
  const chosen = tasks.filter(meant(choice));
  const ordered = choice.order === 'small-first' ? smallFirst(chosen, durations) : chosen;
  return choice.limit === undefined ? ordered : ordered.slice(0, choice.limit);
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

/**
 * Small and quick tasks first, by what is known before anything runs. Times and counts are compared by their magnitude,
 * and one step of difficulty weighs as much as eight times the lines. What is not known of a task counts as the average
 * of the others.
 */
function smallFirst(
  tasks: readonly Task[],
  durations: ReadonlyMap<string, number>,
): readonly Task[] {
  const magnitudes = tasks.map(({ taskId, size, difficulty }) => [
    magnitude(size.patchLines),
    magnitude(size.tests),
    3 * (difficultyRank(difficulty) ?? NaN),
    magnitude(durations.get(taskId) ?? null),
  ]);
  const averages = [0, 1, 2, 3].map((column) =>
    average(magnitudes.map((row) => row[column] ?? NaN)),
  );
  const scored = tasks.map((task, index) => ({
    task,
    score: (magnitudes[index] ?? []).reduce(
      (sum, value, column) => sum + (Number.isNaN(value) ? (averages[column] ?? 0) : value),
      0,
    ),
  }));
  // Sorting is stable: equal ones stay as they are listed.
  return scored.sort((a, b) => a.score - b.score).map(({ task }) => task);
}

function magnitude(count: number | null): number {
  return count === null ? NaN : Math.log2(1 + count);
}

function average(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
}

const difficulties: readonly (readonly [RegExp, number])[] = [
  [/^<\s*15\s*min|^(trivial|easy|low)\b/i, 0],
  [/^15\s*min|^(medium|moderate)\b/i, 1],
  [/^1\s*-\s*4\s*h|^(hard|high)\b/i, 2],
  [/^>\s*4\s*h|^very hard\b/i, 3],
];

/** How difficult a task is in the words of SWE-bench Verified and others; null where the words say nothing. */
function difficultyRank(difficulty: string | null): number | null {
  if (difficulty === null) return null;
  return difficulties.find(([words]) => words.test(difficulty.trim()))?.[1] ?? null;
}
