import type { RepositoryTask } from '../../../model';
import type { ParsedLog } from './parseLog';
import type { OfficialGrading, Statuses } from './statuses';

export interface TestLists {
  readonly success: readonly string[];
  readonly failure: readonly string[];
}

/** What stands under an instance's id in the official `report.json`, in its spelling and order. */
export interface OfficialReport {
  readonly patch_is_None: boolean;
  readonly patch_exists: boolean;
  readonly patch_successfully_applied: boolean;
  readonly resolved: boolean;
  /** Since version 5. Advice for people: it changes no verdict. */
  readonly infra_failure?: boolean;
  readonly infra_failure_reason?: string;
  /** Where the log has statuses. The last two lists are always empty: no row says what belongs to them. */
  readonly tests_status?: Readonly<
    Record<'FAIL_TO_PASS' | 'PASS_TO_PASS' | 'FAIL_TO_FAIL' | 'PASS_TO_FAIL', TestLists>
  >;
}

/** The report of an instance that nothing was handed in for. */
export function officialReportWithoutPatch(grading: OfficialGrading): OfficialReport {
  return { ...unresolved(grading), patch_is_None: true, patch_exists: false };
}

/** What a log shows → the official report, pure. A list that the task does not have counts as empty, as in the original. */
export function gradeOfficial(
  task: RepositoryTask,
  parsed: ParsedLog,
  { grading }: { readonly grading: OfficialGrading },
): OfficialReport {
  if (!parsed.found) {
    const { infra } = parsed;
    return {
      ...unresolved(grading),
      ...(infra === null
        ? {}
        : { infra_failure: infra.tier === 'environment', infra_failure_reason: infra.reason }),
    };
  }
  const { failToPass, passToPass } = judges(task, parsed.statuses, { grading });
  const lists = {
    FAIL_TO_PASS: split(task.failToPass ?? [], failToPass),
    PASS_TO_PASS: split(task.passToPass ?? [], passToPass),
    FAIL_TO_FAIL: { success: [], failure: [] },
    PASS_TO_FAIL: { success: [], failure: [] },
  };
  return {
    ...unresolved(grading),
    patch_successfully_applied: true,
    resolved: lists.FAIL_TO_PASS.failure.length === 0 && lists.PASS_TO_PASS.failure.length === 0,
    tests_status: lists,
  };
}

function unresolved(grading: OfficialGrading): OfficialReport {
  return {
    patch_is_None: false,
    patch_exists: true,
    patch_successfully_applied: false,
    resolved: false,
    ...(grading === 'v5' ? { infra_failure: false } : {}),
  };
}

/** `neither`: the test stands in no list, and so does not keep an instance from being resolved. */
type Judge = (test: string) => 'success' | 'failure' | 'neither';

function judges(
  task: RepositoryTask,
  statuses: Statuses,
  { grading }: { readonly grading: OfficialGrading },
): { readonly failToPass: Judge; readonly passToPass: Judge } {
  if (task.officialColumns?.evalType === 'fail_only') {
    const judge: Judge = (test) => (statuses.get(test) === 'FAILED' ? 'failure' : 'success');
    return { failToPass: judge, passToPass: judge };
  }
  const statusOf = (test: string): string | undefined =>
    statuses.get(test) ?? (grading === 'v5' ? statusOfCutName(test, statuses) : undefined);
  const judgeBy = (skipped: ReturnType<Judge>): Judge => {
    return (test) => {
      switch (statusOf(test)) {
        case 'PASSED':
        case 'XFAIL':
          return 'success';
        case undefined:
        case 'FAILED':
        case 'ERROR':
          return 'failure';
        case 'SKIPPED':
          return skipped;
        default:
          return 'neither';
      }
    };
  };
  return grading === 'v4'
    ? { failToPass: judgeBy('neither'), passToPass: judgeBy('neither') }
    : { failToPass: judgeBy('failure'), passToPass: judgeBy('success') };
}

/**
 * 676 names of SWE-bench Verified were cut at a blank inside their parameters: more `[` than `]`. Such a name stands for
 * the tests that begin with it when all of them pass or none does.
 */
function statusOfCutName(test: string, statuses: Statuses): string | undefined {
  if (test.split('[').length <= test.split(']').length) return undefined;
  const found = [...statuses].filter(([name]) => name.startsWith(test)).map(([, status]) => status);
  const passing = found.filter((status) => status === 'PASSED' || status === 'XFAIL');
  return passing.length === 0 || passing.length === found.length ? found[0] : undefined;
}

function split(tests: readonly string[], judge: Judge): TestLists {
  const lists = { success: new Array<string>(), failure: new Array<string>() };
  for (const test of tests) {
    const list = judge(test);
    if (list !== 'neither') lists[list].push(test);
  }
  return lists;
}
