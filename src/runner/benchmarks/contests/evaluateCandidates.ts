import type {
  CandidateReport,
  CandidateVerdict,
  ContestConfig,
  ContestProgram,
  ContestTask,
  TestCase,
  TestVerdict,
} from '../../model';
import type { Execution, InputSet, Judge, JudgeLimits } from './judge/judge';
import type { Checker, JudgedTest } from './judgeProgram';
import { judgeProgram } from './judgeProgram';
import { framed } from './programs';

/** A test of a problem. */
export interface ContestCheck extends JudgedTest {
  /** Whether it decides; the others only filter candidates (n@k). */
  readonly decides: boolean;
  /** Whether candidates are filtered by it. */
  readonly filters: boolean;
}

/** What a candidate came to, with the first test that it failed. */
export interface JudgedCandidate {
  readonly report: CandidateReport;
  readonly program: ContestProgram;
  /** One for each test that decides. */
  readonly cases: readonly TestCase[];
  /** CPU time of all tests together, in seconds. */
  readonly cpuS: number;
  /** The test that the verdict is from, or a word for why there is none; null: it passed. */
  readonly failure: TestCase | null;
}

export interface CandidateOptions {
  readonly task: ContestTask;
  readonly config: ContestConfig;
  readonly tests: readonly ContestCheck[];
  readonly inputs: InputSet;
  readonly limits: JudgeLimits;
  readonly checker: Checker | null;
  readonly signal: AbortSignal;
}

/** How much of an output a report shows. */
const shownBytes = 4096;

/** Judges one candidate on all tests. */
export async function judgeCandidate(
  judge: Judge,
  program: ContestProgram,
  { task, config, tests, inputs, limits, checker, signal }: CandidateOptions,
): Promise<JudgedCandidate> {
  if (program.source.trim() === '') return unjudged(program, tests, 'empty');
  if (!tests.some(({ decides }) => decides)) return unjudged(program, tests, 'no_tests');
  const cases = new Map<number, TestCase>();
  let cpuS = 0;
  const { compileError, verdicts } = await judgeProgram(judge, framed(task, program), {
    tests,
    inputs,
    limits,
    files: { input: task.inputFile, output: task.outputFile },
    rules: { task, comparison: config.comparison, checker },
    // A test that only filters must not keep those that decide from being run.
    stopOnFirstFailure: config.stop_on_first_failure && tests.every(({ decides }) => decides),
    onTest: (index, verdict, execution) => {
      cpuS += execution.cpuS;
      const test = tests[index];
      if (test !== undefined) cases.set(index, caseOf(test, verdict, execution));
    },
    signal,
  });
  // Python has no compiler that one could fail at: `python3 program.py` fails on each of the tests.
  if (compileError !== null && program.language === 'PYTHON3')
    return unreadable(program, tests, { message: compileError, config });
  if (compileError !== null)
    return unjudged(program, tests, 'compile_error', cut(Buffer.from(compileError)));
  const deciding = tests.flatMap((test, n) => (test.decides ? [cases.get(n) ?? notRun(test)] : []));
  const own = verdicts.filter((_, n) => tests[n]?.decides);
  const filters = verdicts.filter((_, n) => tests[n]?.filters);
  return {
    program,
    cases: deciding,
    cpuS,
    failure: deciding.find(({ outcome }) => outcome !== 'passed') ?? null,
    report: {
      verdict: own.find((verdict) => verdict !== 'passed') ?? 'passed',
      tests: own,
      ...(config.submissions === undefined
        ? {}
        : { passed_public: filters.every((verdict) => verdict === 'passed') }),
    },
  };
}

/** A program that the interpreter cannot read. */
function unreadable(
  program: ContestProgram,
  tests: readonly ContestCheck[],
  { message, config }: { readonly message: string; readonly config: ContestConfig },
): JudgedCandidate {
  const said = cut(Buffer.from(message));
  const cases = tests
    .filter(({ decides }) => decides)
    .map((test, n): TestCase =>
      config.stop_on_first_failure && n > 0
        ? notRun(test)
        : {
            id: test.name,
            outcome: 'error',
            duration_s: 0,
            status: 'runtime_error',
            message: `exit code 1\n${said}`,
          },
    );
  const verdicts = cases.map(({ outcome }) => (outcome === 'error' ? 'runtime_error' : 'not_run'));
  return {
    program,
    cpuS: 0,
    cases,
    failure: cases[0] ?? null,
    report: {
      verdict: 'runtime_error',
      tests: verdicts,
      ...(config.submissions === undefined ? {} : { passed_public: false }),
    },
  };
}

function unjudged(
  program: ContestProgram,
  tests: readonly ContestCheck[],
  verdict: Extract<CandidateVerdict, 'empty' | 'no_tests' | 'compile_error'>,
  message?: string,
): JudgedCandidate {
  const deciding = tests.filter(({ decides }) => decides);
  return {
    program,
    cpuS: 0,
    cases: deciding.map(notRun),
    failure: {
      id: verdict,
      outcome: 'error',
      duration_s: 0,
      status: verdict,
      ...(message === undefined ? {} : { message }),
    },
    report: { verdict, tests: deciding.map(() => 'not_run') },
  };
}

function notRun({ name }: JudgedTest): TestCase {
  return { id: name, outcome: 'skipped', duration_s: 0, status: 'not_run' };
}

function caseOf(test: JudgedTest, verdict: TestVerdict, execution: Execution): TestCase {
  const base = {
    id: test.name,
    duration_s: Number(execution.cpuS.toFixed(3)),
    ...(execution.peakBytes > 0 ? { peak_bytes: Math.round(execution.peakBytes) } : {}),
  };
  if (verdict === 'passed') return { ...base, outcome: 'passed' };
  const message = messageOf(verdict, execution);
  return {
    ...base,
    outcome: verdict === 'wrong_answer' ? 'failed' : 'error',
    status: verdict,
    ...(message === '' ? {} : { message }),
    ...(test.expected === null
      ? {}
      : {
          expected: cut(test.expected),
          actual: cut(execution.outputFile ?? execution.stdout),
        }),
  };
}

/** What is known of why it failed: how it ended, and the end of what it said. */
function messageOf(verdict: TestVerdict, { end, stderr }: Execution): string {
  const said = Buffer.from(stderr.subarray(-shownBytes)).toString('utf8').trim();
  const how =
    end.kind === 'signalled'
      ? end.signal
      : end.kind === 'wall_limit'
        ? 'it waited until the limit of real time'
        : verdict === 'runtime_error' && end.kind === 'exited' && end.code === 0
          ? 'it left before its tests ended'
          : end.kind === 'exited' && end.code !== 0
            ? `exit code ${String(end.code)}`
            : '';
  return [how, said].filter((part) => part !== '').join('\n');
}

/** The beginning of an output as text. */
function cut(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, shownBytes)).toString('utf8');
  const more = bytes.length - shownBytes;
  return more > 0 ? `${text}\n[${String(more)} bytes more]` : text;
}
