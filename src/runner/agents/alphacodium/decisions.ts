import type { ContestRunTest, FlowDecision } from '../../model';
import type { Choice, PossibleSolution } from './answers';

/** Leaves out the first solution that calls itself brute force, unless it is the only one. */
export function withoutBruteForce(
  solutions: readonly PossibleSolution[],
): readonly PossibleSolution[] {
  const brute = solutions.findIndex(({ name }) => /brute/i.test(name));
  if (brute === -1 || solutions.length === 1) return solutions;
  return solutions.filter((_, n) => n !== brute);
}

/** Where the chosen solution stands; the first, where the choice names none of them. */
export function chosenIndex(
  solutions: readonly Pick<PossibleSolution, 'name'>[],
  { name }: Pick<Choice, 'name'>,
): number {
  const wanted = plain(name);
  const exact = solutions.findIndex((solution) => plain(solution.name) === wanted);
  if (exact !== -1) return exact;
  // Written with more or fewer words: of several that fit, the longest name is meant.
  const near = solutions
    .map((solution, index) => ({ index, name: plain(solution.name) }))
    .filter(({ name: own }) => wanted.includes(own) || own.includes(wanted))
    .sort((a, b) => b.name.length - a.name.length);
  return near[0]?.index ?? 0;
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/**
 * Which solution a try implements: the chosen one, until from the retry `rotateFrom` on each of them has its turn, the
 * one after the chosen first. Retry 0 is the first try.
 */
export function solutionOfTry(
  retry: number,
  {
    chosen,
    count,
    rotateFrom,
  }: { readonly chosen: number; readonly count: number; readonly rotateFrom: number },
): number {
  return retry < rotateFrom ? chosen : (chosen + 1 + retry - rotateFrom) % count;
}

/** Distance of a test that did not run to its end: more than any wrong output. */
const brokenTest = 2;

/**
 * How far a program is from right on tests: 0 for each that it passed, up to 1 for a wrong output by the share of its
 * tokens that differ, 2 for one that did not end well.
 */
export function distanceOf(tests: readonly ContestRunTest[]): number {
  return tests.reduce((sum, test) => sum + distanceOfTest(test), 0);
}

function distanceOfTest({ verdict, actual, expected }: ContestRunTest): number {
  if (verdict === 'passed') return 0;
  if (verdict !== 'wrong_answer' || actual === null || expected === null) return brokenTest;
  const [are, should] = [tokensOf(actual), tokensOf(expected)];
  const longest = Math.max(are.length, should.length, 1);
  let same = 0;
  for (const [n, token] of should.entries()) if (are[n] === token) same += 1;
  // Wrong all the same, in spaces or in what the comparison looks at more closely.
  return Math.max(1 - same / longest, 1 / (longest + 1));
}

function tokensOf(output: string): readonly string[] {
  return output.split(/\s+/).filter((token) => token !== '');
}

export function passedNames(tests: readonly ContestRunTest[]): ReadonlySet<string> {
  return new Set(tests.flatMap(({ name, verdict }) => (verdict === 'passed' ? [name] : [])));
}

/** What a fix is judged by. */
export interface FixedRun {
  /** The test that it is to mend. */
  readonly target: string;
  /** Tests that it has to pass as well: those that passed before, or the anchors. */
  readonly held: ReadonlySet<string>;
  readonly before: readonly ContestRunTest[];
  readonly after: readonly ContestRunTest[];
  /** Whether a fix is also kept that only brings the test's output closer. */
  readonly closerIsEnough: boolean;
}

/** Whether a fix is kept, and why. */
export function decideFix({ target, held, before, after, closerIsEnough }: FixedRun): {
  readonly decision: Extract<FlowDecision, 'kept' | 'reverted'>;
  readonly detail: string;
} {
  const passed = passedNames(after);
  const broken = [...held].filter((name) => !passed.has(name));
  if (broken.length > 0)
    return { decision: 'reverted', detail: `it fails what passed before: ${broken.join(', ')}` };
  if (passed.has(target)) return { decision: 'kept', detail: `it passes ${target}` };
  const [was, is] = [before, after].map((tests) =>
    distanceOf(tests.filter(({ name }) => name === target)),
  );
  if (closerIsEnough && is !== undefined && was !== undefined && is < was)
    return { decision: 'kept', detail: `it fails ${target}, but comes closer` };
  return { decision: 'reverted', detail: `it still fails ${target}` };
}
