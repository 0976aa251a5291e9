import type { TrialTests } from './result';
import type { TestOutcome } from './testReport';

/** What a fix changed in the outcomes of the tests, over several repeats. Ids in the order of the alphabet. */
export interface TestDifference {
  /** Passed after the fix in every repeat, and in none before. */
  readonly failToPass: readonly string[];
  /** Passed before and after in every repeat. */
  readonly passToPass: readonly string[];
  /** Passed in some repeats and not in others, in the same state: of no use for a verdict. */
  readonly flaky: readonly string[];
}

/** Compares the tests before and after a fix; a test that did not run, or was skipped, did not pass. */
export function testDifference(repeats: readonly TrialTests[]): TestDifference {
  const before = repeats.map(({ before: tests }) => outcomes(tests));
  const after = repeats.map(({ after: tests }) => outcomes(tests));
  const ids = [...new Set(after.flatMap((tests) => [...tests.keys()]))].sort();
  const passes = (runs: readonly Outcomes[], id: string): 'always' | 'never' | 'sometimes' => {
    const count = runs.filter((tests) => isPass(tests.get(id))).length;
    return count === 0 ? 'never' : count === runs.length ? 'always' : 'sometimes';
  };
  const difference = {
    failToPass: [] as string[],
    passToPass: [] as string[],
    flaky: [] as string[],
  };
  for (const id of ids) {
    const was = passes(before, id);
    const is = passes(after, id);
    if (was === 'sometimes' || is === 'sometimes') difference.flaky.push(id);
    else if (is === 'always')
      (was === 'always' ? difference.passToPass : difference.failToPass).push(id);
  }
  return difference;
}

type Outcomes = ReadonlyMap<string, TestOutcome>;

function outcomes(tests: TrialTests['after']): Outcomes {
  return new Map((tests ?? []).map(({ id, outcome }) => [id, outcome]));
}

function isPass(outcome: TestOutcome | undefined): boolean {
  return outcome === 'passed' || outcome === 'xfailed';
}
