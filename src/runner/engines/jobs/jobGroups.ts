import type { TrialPlan } from '../../model';
import type { Needs } from '../engine';
import type { JobGroup } from './jobSystem';

/** So many trials are named in one submission at most, whatever the cluster would take: an argument has its limit, too. */
const mostNamed = 10_000;

/** What is taken from a trial's index to get its number in its group. `limit`: numbers have to be smaller. */
export function offsetOfIndex(index: number, limit = mostNamed): number {
  return index - (index % Math.max(1, Math.min(limit, mostNamed)));
}

/** Trials that may be submitted together, in the order of their first ones. `limit`: numbers in a group are smaller. */
export function groupsOf(
  trials: readonly (readonly [trial: TrialPlan, needs: Needs])[],
  limit = mostNamed,
): readonly JobGroup[] {
  const groups = new Map<string, { needs: Needs; offset: number; trials: TrialPlan[] }>();
  for (const [trial, asked] of trials) {
    const needs = rounded(asked);
    const offset = offsetOfIndex(trial.index, limit);
    const key = JSON.stringify([offset, needs.cpus, needs.memoryBytes, needs.gpus, needs.seconds]);
    const group = groups.get(key) ?? { needs, offset, trials: [] };
    groups.set(key, group);
    group.trials.push(trial);
  }
  return [...groups.values()];
}

const quarterHour = 900;
const mebibyte = 1024 ** 2;

/** Limits differ by seconds from task to task; a group for each of them would be as many groups as tasks. */
function rounded({ cpus, memoryBytes, gpus, seconds }: Needs): Needs {
  return {
    cpus: Math.max(1, Math.ceil(cpus)),
    memoryBytes: Math.ceil(memoryBytes / mebibyte) * mebibyte,
    gpus,
    seconds: Math.ceil(seconds / quarterHour) * quarterHour,
  };
}

/** Numbers as a person writes them: `0-9,12`. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && n <= last.to + 1) last.to = n;
    else ranges.push({ from: n, to: n });
  }
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

/** The numbers that `rangesOf` told, in ascending order; also as Kubernetes tells indexes. */
export function numbersIn(ranges: string): readonly number[] {
  return ranges.split(',').flatMap((range) => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(range.trim()) ?? [];
    if (from === undefined) return [];
    const first = Number(from);
    return Array.from({ length: Number(to) - first + 1 }, (_, n) => first + n);
  });
}
