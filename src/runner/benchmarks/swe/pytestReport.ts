import * as z from 'zod';
import type { TestCase, TestEnd, TestReport } from '../../model';
import { testOutcomeSchema } from '../../model';
import type { ExecResult } from '../../sandbox/sandbox';

const lineSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    pytest: z.string(),
    python: z.string(),
    rootdir: z.string(),
  }),
  z.object({ type: z.literal('collect_error'), id: z.string(), message: z.string() }),
  z.object({ type: z.literal('collected'), count: z.int() }),
  z.object({
    type: z.literal('test'),
    id: z.string(),
    outcome: testOutcomeSchema,
    duration: z.number().nonnegative(),
    file: z.string().nullish(),
    line: z.number().nullish(),
    message: z.string().optional(),
    expected: z.string().optional(),
    actual: z.string().optional(),
  }),
  z.object({
    type: z.literal('end'),
    exit: z.int(),
    intact: z.boolean(),
    changed: z.string().default(''),
    judges: z.array(z.string()).default([]),
  }),
]);

export interface RawReport {
  readonly started: boolean;
  readonly tests: readonly TestCase[];
  readonly collectErrors: readonly { readonly id: string; readonly message: string }[];
  /** The end of the last session; of several sessions the worst exit, every change and every judge. */
  readonly end: {
    readonly exit: number;
    readonly intact: boolean;
    readonly changed: string;
    readonly judges: readonly string[];
  } | null;
  readonly sessions: number;
  /** Lines that the plugin cannot have written. */
  readonly strange: number;
}

export function readReport(text: string): RawReport {
  const tests: TestCase[] = [];
  const collectErrors: { id: string; message: string }[] = [];
  let started = false;
  let end: RawReport['end'] = null;
  let ended: RawReport['end'] = null;
  let sessions = 0;
  let strange = 0;
  const lines = text.split('\n');
  lines.pop(); // what follows the last newline was being written when the process died
  for (const text of lines) {
    const line = parseLine(text);
    // Only another session can follow an end, and none begins before the last one ended.
    if (line === null || (line.type === 'start') === (started && end === null)) {
      strange += 1;
      continue;
    }
    if (line.type === 'start') {
      started = true;
      sessions += 1;
      end = null;
    } else if (line.type === 'collect_error') collectErrors.push(line);
    else if (line.type === 'test') tests.push(toTestCase(line));
    else if (line.type === 'end') end = ended = joinEnds(ended, line);
  }
  return { started, tests: worstOfEach(tests), collectErrors, end, sessions, strange };
}

function joinEnds(
  earlier: RawReport['end'],
  end: NonNullable<RawReport['end']>,
): NonNullable<RawReport['end']> {
  if (earlier === null) return end;
  return {
    exit: earlier.exit === 0 ? end.exit : earlier.exit,
    intact: earlier.intact && end.intact,
    changed: [earlier.changed, end.changed].filter(Boolean).join(' '),
    judges: [...earlier.judges, ...end.judges],
  };
}

/** A test that ran more than once (a rerun, a second session) failed when it failed once. */
function worstOfEach(tests: readonly TestCase[]): readonly TestCase[] {
  const found = new Map<string, TestCase>();
  for (const test of tests) {
    const before = found.get(test.id)?.outcome;
    if (before !== 'failed' && before !== 'error') found.set(test.id, test);
  }
  return [...found.values()];
}

function parseLine(text: string): z.infer<typeof lineSchema> | null {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // counted as strange
  }
}

function toTestCase(line: Extract<z.infer<typeof lineSchema>, { type: 'test' }>): TestCase {
  return {
    id: line.id,
    outcome: line.outcome,
    duration_s: line.duration,
    ...(line.file ? { file: line.file } : {}),
    ...(line.line && line.line > 0 ? { line: Math.trunc(line.line) } : {}),
    ...(line.message === undefined ? {} : { message: line.message }),
    ...(line.expected === undefined ? {} : { expected: line.expected }),
    ...(line.actual === undefined ? {} : { actual: line.actual }),
  };
}

// https://docs.pytest.org/en/stable/reference/exit-codes.html
const pytestExit = { interrupted: 2, internalError: 3, usageError: 4, noTests: 5 } as const;

export interface PytestReportOptions {
  /** The command was pytest and nothing else, so its exit code is pytest's. */
  readonly plainCommand: boolean;
  /** Lines of the report file that the plugin did not write. */
  readonly forged?: number;
  /** Files that what is being judged changed, as absolute paths in the sandbox. None of them may have a say in its outcome. */
  readonly untrusted?: readonly string[];
  /**
   * Parts of pytest that the project's own tests replace without any patch: some projects and their plugins do so in
   * earnest. `any` while nothing is being judged: whatever is replaced is the project's own doing. Default: none.
   */
  readonly replacedBefore?: readonly string[] | 'any';
}

/** The parts of the running pytest that were replaced, as the plugin saw it. */
export function replacedParts(reportText: string | null): readonly string[] {
  const changed = readReport(reportText ?? '').end?.changed ?? '';
  return changed === '' ? [] : changed.split(' ');
}

/**
 * What an execution of pytest showed: the plugin's report (null when it wrote none), held against how the process ended.
 * Where the two contradict each other the end is `spoofed`: something in the tested code forged one of them.
 */
export function pytestTestReport(
  exec: ExecResult,
  reportText: string | null,
  options: PytestReportOptions,
): TestReport {
  const report = readReport(reportText ?? '');
  const { end, detail } = judgeEnd(exec, report, options);
  return {
    end,
    ...(detail === null ? {} : { detail }),
    exit_code: exec.exitCode,
    duration_s: exec.durationMs / 1000,
    tests: [...report.tests],
  };
}

function judgeEnd(
  exec: ExecResult,
  report: RawReport,
  options: PytestReportOptions,
): { end: TestEnd; detail: string | null } {
  switch (exec.cause) {
    case 'timeout':
      return { end: 'timeout', detail: null };
    case 'oom':
      return { end: 'oom', detail: 'the tests used more memory than the sandbox has' };
    case 'signalled':
      return {
        end: 'crash',
        detail: `the test command was killed by ${exec.signal ?? 'a signal'}`,
      };
    case 'output_limit':
      return { end: 'crash', detail: 'the tests printed without end and were stopped' };
    case 'exited':
      return judgeExit(exec, report, options);
  }
}

function judgeExit(
  exec: ExecResult,
  report: RawReport,
  options: PytestReportOptions,
): { end: TestEnd; detail: string | null } {
  const spoofed = (detail: string): { end: TestEnd; detail: string } => ({
    end: 'spoofed',
    detail,
  });
  if (report.strange > 0 || (options.forged ?? 0) > 0)
    return spoofed('the test report holds lines that pytest did not write');
  if (report.end === null) return judgeUnfinished(exec, report);
  const allowed = options.replacedBefore ?? [];
  const strange = report.end.changed.split(' ').find((part) => !allowed.includes(part));
  if (!report.end.intact && allowed !== 'any' && strange !== undefined)
    return spoofed(`the tested code replaced a part of the running pytest (${strange})`);
  const judge = report.end.judges.find((path) => options.untrusted?.includes(path));
  if (judge !== undefined)
    return spoofed(`the patch changes ${judge}, which had a say in the outcome of its own tests`);
  const bad = report.tests.filter((test) => test.outcome === 'failed' || test.outcome === 'error');
  if (exec.exitCode === 0 && (bad.length > 0 || report.collectErrors.length > 0)) {
    return spoofed(`the command exited with 0 although ${String(bad.length)} tests failed`);
  }
  if (options.plainCommand && (exec.exitCode !== report.end.exit || report.sessions > 1)) {
    return spoofed(
      `pytest ended with ${report.end.exit}, its process with ${String(exec.exitCode)}`,
    );
  }
  const collectError = report.collectErrors[0];
  if (collectError !== undefined && report.tests.length === 0) {
    return {
      end: 'collection_error',
      detail: `${collectError.id}: ${lastLine(collectError.message)}`,
    };
  }
  if (report.end.exit === pytestExit.noTests)
    return { end: 'nothing_selected', detail: 'no test was collected or selected' };
  if (report.end.exit === pytestExit.internalError)
    return { end: 'crash', detail: 'pytest itself failed (internal error)' };
  if (report.end.exit === pytestExit.usageError)
    return { end: 'nothing_selected', detail: 'pytest refused its arguments' };
  if (report.end.exit === pytestExit.interrupted && collectError === undefined) {
    return { end: 'crash', detail: 'the test run was interrupted from inside' };
  }
  return { end: 'completed', detail: null };
}

function judgeUnfinished(
  exec: ExecResult,
  report: RawReport,
): { end: TestEnd; detail: string | null } {
  // A conftest that cannot be imported and arguments that cannot be parsed end pytest before a session begins.
  if (!report.started && exec.exitCode === pytestExit.usageError) {
    const said = lastLine(Buffer.from(exec.stderr).toString('utf8'));
    return /ImportError|Error/.test(said) && !/^ERROR: (not found|file or directory)/.test(said)
      ? { end: 'collection_error', detail: said }
      : { end: 'nothing_selected', detail: said };
  }
  if (exec.exitCode === 0) {
    return {
      end: 'spoofed',
      detail: 'the command exited with 0 but pytest did not finish its report',
    };
  }
  return {
    end: 'crash',
    detail: report.started
      ? `the interpreter ended with ${String(exec.exitCode)} before pytest was done`
      : `the test command ended with ${String(exec.exitCode)} without running pytest`,
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').pop()?.trim() ?? '';
}

/** For test commands that are not pytest: the exit status is all the evidence there is. */
export function exitCodeTestReport(exec: ExecResult): TestReport {
  const common = { exit_code: exec.exitCode, duration_s: exec.durationMs / 1000 };
  switch (exec.cause) {
    case 'timeout':
    case 'oom':
      return { ...common, end: exec.cause, tests: [] };
    case 'signalled':
    case 'output_limit':
      return {
        ...common,
        end: 'crash',
        detail: `the test command was ended by ${exec.signal ?? exec.cause}`,
        tests: [],
      };
    case 'exited':
      return {
        ...common,
        end: 'completed',
        tests: [
          {
            id: 'test command',
            outcome: exec.exitCode === 0 ? 'passed' : 'failed',
            duration_s: common.duration_s,
          },
        ],
      };
  }
}
