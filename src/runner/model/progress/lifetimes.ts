import { firstAtLeast } from './sortedNumbers';

/** How long things last, as far as those tell that ended and those that still go on. */
export interface Lifetimes {
  readonly mean: number;
  /** Share of them that lasts longer than anything that ended: what is said of it is a guess. */
  readonly unseen: number;
  /** What is left on average of one that goes on for so long already. */
  readonly left: (age: number) => number;
  /** When the last of these, which go on for so long already, will end: as likely before as after. */
  readonly lastOf: (ages: readonly number[]) => number;
  /** How much longer than on average it takes until the last of so many ends, found at any moment of their lives. */
  readonly lastOfMany: (count: number) => number;
}

/** Halvings of an interval: a millionth of it is exact enough for anybody. */
const halvings = 20;

/**
 * By Kaplan and Meier's estimate (JASA 53, 1958): the ages of those that still go on count too. Otherwise the first ends
 * of a run, which are those of its short trials, would promise that all are short. Beyond the longest one that is known,
 * what is left is as long as a trial is on average (all time spent, by the ends that came of it). null: nothing ended.
 */
export function lifetimesOf(
  /** Of those that ended, the shortest first. */
  ended: readonly number[],
  /** Of those that go on, in any order. */
  goingOn: readonly number[],
): Lifetimes | null {
  if (ended.length === 0) return null;
  const curve = curveOf(
    ended,
    [...goingOn].sort((a, b) => a - b),
  );
  const { mean, usual, longest, share } = curve;
  const left = (age: number): number => {
    const alive = sharePast(curve, age);
    return age >= longest || alive === 0 ? usual : (mean - areaTo(curve, age)) / alive;
  };
  return {
    mean,
    unseen: share,
    left,
    lastOf: (ages) => {
      // One that is older than all others were has a future of its own: nothing is known but that it is not over.
      const lasts = (age: number, more: number): number =>
        age >= longest
          ? Math.exp(-more / (usual || 1))
          : sharePast(curve, age + more) / sharePast(curve, age);
      const allEnded = (more: number): number =>
        ages.reduce((chance, age) => chance * (1 - lasts(age, more)), 1);
      return whenReached(allEnded, 0.5, longest + 20 * usual);
    },
    lastOfMany: (count) => {
      if (mean === 0) return 0;
      const ended = (time: number): number => areaTo(curve, time) / mean;
      const last = whenReached(ended, count / (count + 1), longest + 20 * usual);
      return Math.max(0, last - curve.moment / mean);
    },
  };
}

/** The share that lasts longer than a time: steps at the ends that were seen, then a tail without an end. */
interface Curve {
  readonly times: readonly number[];
  readonly shares: readonly number[];
  /** Below the steps, up to each time. */
  readonly areas: readonly number[];
  readonly longest: number;
  /** What is left beyond the longest. */
  readonly share: number;
  /** What the tail lasts on average: all time spent, by the ends that came of it. */
  readonly usual: number;
  readonly mean: number;
  /** Half the mean square. */
  readonly moment: number;
}

function curveOf(ended: readonly number[], ages: readonly number[]): Curve {
  const times: number[] = [0];
  const shares: number[] = [1];
  const areas: number[] = [0];
  let [place, time, share, area, moment, spent] = [0, 0, 1, 0, 0, 0];
  const goTo = (next: number): void => {
    area += share * (next - time);
    moment += (share * (next ** 2 - time ** 2)) / 2;
    time = next;
  };
  while (place < ended.length) {
    goTo(ended[place] ?? 0);
    let end = place;
    while (ended[end] === time) end += 1;
    const atRisk = ended.length - place + (ages.length - firstAtLeast(ages, time));
    share *= 1 - (end - place) / atRisk;
    spent += time * (end - place);
    times.push(time);
    shares.push(share);
    areas.push(area);
    place = end;
  }
  for (const age of ages) spent += age;
  goTo(Math.max(time, ages.at(-1) ?? 0));
  const usual = spent / ended.length;
  return {
    times,
    shares,
    areas,
    longest: time,
    share,
    usual,
    mean: area + share * usual,
    moment: moment + share * usual * (time + usual),
  };
}

/** The step that holds at a time. */
function stepAt({ times }: Curve, time: number): number {
  const next = firstAtLeast(times, time);
  return times[next] === time ? next : next - 1;
}

function sharePast(curve: Curve, time: number): number {
  const { longest, share, usual } = curve;
  if (time > longest) return share * Math.exp((longest - time) / (usual || 1));
  return curve.shares[stepAt(curve, time)] ?? 1;
}

function areaTo(curve: Curve, time: number): number {
  const { times, shares, areas, longest, usual, mean } = curve;
  if (time > longest) return mean - usual * sharePast(curve, time);
  const step = stepAt(curve, time);
  return (areas[step] ?? 0) + (shares[step] ?? 1) * (time - (times[step] ?? 0));
}

/** When something that only grows is so much, between 0 and a time. */
function whenReached(growing: (time: number) => number, enough: number, latest: number): number {
  let [low, high] = [0, latest];
  for (let n = 0; n < halvings; n += 1) {
    const middle = (low + high) / 2;
    if (growing(middle) < enough) low = middle;
    else high = middle;
  }
  return high;
}
