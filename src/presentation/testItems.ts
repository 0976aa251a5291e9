import type { TestCase, TestOutcome, TrialTests, Verdict } from '../runner/index';

/** What an editor's test list can say of a test. */
export type ShownOutcome = 'passed' | 'failed' | 'errored' | 'skipped';

export interface ShownTest {
  /** pytest's node id. */
  readonly id: string;
  readonly label: string;
  /** What the patch did to it: `failed → passed`. */
  readonly description: string;
  readonly outcome: ShownOutcome;
  readonly durationMs: number;
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
  readonly message: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
}

export interface TestGroup {
  readonly id: 'FAIL_TO_PASS' | 'PASS_TO_PASS' | 'other' | 'competition' | 'checks';
  readonly label: string;
  readonly tests: readonly ShownTest[];
}

/**
 * The tests of a trial after its patch, in the groups of its verdict. A test that a list names and that did not run is
 * shown as an error: it counts against the trial. Without lists there is one group. Empty groups are left out.
 */
export function groupTests(tests: TrialTests, verdict: Verdict | null): readonly TestGroup[] {
  const after = new Map((tests.after ?? []).map((test) => [test.id, test]));
  const before = new Map((tests.before ?? []).map((test) => [test.id, test.outcome]));
  const shown = (id: string): ShownTest => {
    const test = after.get(id);
    return test === undefined ? missing(id) : show(test, before.get(id));
  };
  const failToPass = listed(verdict?.FAIL_TO_PASS);
  const passToPass = listed(verdict?.PASS_TO_PASS);
  const named = new Set([...failToPass, ...passToPass]);
  const others = [...after.keys()].filter((id) => !named.has(id));
  const groups: readonly TestGroup[] = [
    { id: 'FAIL_TO_PASS', label: 'FAIL_TO_PASS', tests: failToPass.map(shown) },
    { id: 'PASS_TO_PASS', label: 'PASS_TO_PASS', tests: passToPass.map(shown) },
    { id: 'other', label: named.size === 0 ? 'Tests' : 'Other Tests', tests: others.map(shown) },
  ];
  return groups.filter((group) => group.tests.length > 0);
}

function listed(
  list:
    { readonly success: readonly string[]; readonly failure: readonly string[] } | null | undefined,
): readonly string[] {
  return list === null || list === undefined ? [] : [...list.failure, ...list.success];
}

function show(test: TestCase, before: TestOutcome | undefined): ShownTest {
  return {
    id: test.id,
    label: labelOf(test.id),
    description:
      before === undefined || before === test.outcome ? '' : `${before} → ${test.outcome}`,
    outcome: shownOutcome(test.outcome),
    durationMs: Math.round(test.duration_s * 1000),
    file: test.file ?? fileOf(test.id),
    line: test.line ?? null,
    message: test.message === undefined ? null : headlined(test.message),
    expected: test.expected ?? null,
    actual: test.actual ?? null,
  };
}

/** pytest's report begins with the test's source; its first `E` line, which says what was wrong, is put before it. */
function headlined(message: string): string {
  const headline = /^E {2,}(\S.*)$/m.exec(message)?.[1];
  return headline === undefined || message.startsWith(headline)
    ? message
    : `${headline}\n\n${message}`;
}

function missing(id: string): ShownTest {
  return {
    id,
    label: labelOf(id),
    description: 'did not run',
    outcome: 'errored',
    durationMs: 0,
    file: fileOf(id),
    line: null,
    message: 'The task names this test, and it did not run.',
    expected: null,
    actual: null,
  };
}

function shownOutcome(outcome: TestOutcome): ShownOutcome {
  switch (outcome) {
    case 'passed':
    case 'xfailed':
    case 'xpassed':
      return 'passed';
    case 'failed':
      return 'failed';
    case 'error':
      return 'errored';
    case 'skipped':
      return 'skipped';
  }
}

/** `tests/test_x.py::TestA::test_b[1]` → `TestA::test_b[1]`. */
function labelOf(id: string): string {
  const file = fileOf(id);
  return file === null ? id : id.slice(file.length + 2);
}

function fileOf(id: string): string | null {
  const end = id.indexOf('::');
  return end > 0 ? id.slice(0, end) : null;
}
