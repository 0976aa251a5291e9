import type { Task } from './task';

/**
 * Small and quick tasks first, by what is known before anything runs. Times and counts are compared by their magnitude,
 * and one step of difficulty weighs as much as eight times the lines. What is not known of a task counts as the average
 * of the others.
 */
export function smallFirst(
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
export function difficultyRank(difficulty: string | null): number | null {
  if (difficulty === null) return null;
  return difficulties.find(([words]) => words.test(difficulty.trim()))?.[1] ?? null;
}
