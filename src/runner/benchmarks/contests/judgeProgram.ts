import type {
  Comparison,
  ContestConfig,
  ContestProgram,
  ContestTask,
  TestVerdict,
} from '../../model';
import { comparisons } from './compare';
import type { Execution, InputSet, Judge, JudgeLimits } from './judge/judge';

/** A test as it is judged; expected outputs stay on this side. */
export interface JudgedTest {
  /** `private test 3` */
  readonly name: string;
  readonly input: Uint8Array;
  /** null: a program passes when it ends well. */
  readonly expected: Uint8Array | null;
}

/** Decides on the output of a program that ended well, where a comparison is not enough. */
export type Checker = (
  test: JudgedTest,
  output: Uint8Array,
  options: { readonly signal: AbortSignal },
) => Promise<'passed' | 'wrong_answer'>;

export interface JudgingRules {
  readonly task: Pick<ContestTask, 'style' | 'frame'>;
  readonly comparison: Comparison;
  readonly checker: Checker | null;
}

export interface JudgeProgramOptions {
  readonly tests: readonly JudgedTest[];
  /** The inputs of `tests`, in their order. */
  readonly inputs: InputSet;
  readonly rules: JudgingRules;
  readonly limits: JudgeLimits;
  readonly files: { readonly input: string | null; readonly output: string | null };
  readonly stopOnFirstFailure: boolean;
  /** Told each test that was run, not always in their order. */
  readonly onTest?: (index: number, verdict: TestVerdict, execution: Execution) => void;
  readonly signal: AbortSignal;
}

export interface JudgedProgram {
  /** The compiler's message; null: it could be run. */
  readonly compileError: string | null;
  /** One for each test. */
  readonly verdicts: readonly TestVerdict[];
}

/** Runs one program on tests and decides on what it printed. */
export async function judgeProgram(
  judge: Judge,
  program: ContestProgram,
  options: JudgeProgramOptions,
): Promise<JudgedProgram> {
  const { tests, inputs, rules, limits, files, stopOnFirstFailure, onTest, signal } = options;
  const verdicts = tests.map((): TestVerdict => 'not_run');
  const deciding: Promise<void>[] = [];
  let failed = false;
  const decided = (index: number, verdict: TestVerdict, execution: Execution): void => {
    verdicts[index] = verdict;
    if (verdict !== 'passed') failed = true;
    onTest?.(index, verdict, execution);
  };
  const outcome = await judge.run(program, inputs, {
    limits,
    files,
    signal,
    onExecution: (index, execution) => {
      const test = tests[index];
      if (test === undefined) return 'stop';
      const verdict = decide(execution, test, { ...rules, signal });
      if (typeof verdict === 'string') decided(index, verdict, execution);
      else {
        const told = verdict.then((word) => {
          decided(index, word, execution);
        });
        told.catch(() => undefined); // told below, unless the judge itself fails first
        deciding.push(told);
      }
      return failed && stopOnFirstFailure ? 'stop' : 'go on';
    },
  });
  await Promise.all(deciding);
  if (outcome.kind === 'not_compiled') return { compileError: outcome.message, verdicts };
  return { compileError: null, verdicts: stopOnFirstFailure ? untilFailure(verdicts) : verdicts };
}

/** What was run beyond the first failure does not count, so that it is the same every time. */
function untilFailure(verdicts: readonly TestVerdict[]): readonly TestVerdict[] {
  const first = verdicts.findIndex((verdict) => verdict !== 'passed');
  return first === -1
    ? verdicts
    : verdicts.map((verdict, index) => (index > first ? 'not_run' : verdict));
}

function decide(
  execution: Execution,
  test: JudgedTest,
  { task, comparison, checker, signal }: JudgingRules & { readonly signal: AbortSignal },
): TestVerdict | Promise<TestVerdict> {
  const { end, stdout, outputFile, completed } = execution;
  if (end.kind !== 'exited') return endVerdicts[end.kind];
  if (end.code !== 0) return 'runtime_error';
  // The tests stand behind the candidate: one that leaves before its end has not passed them.
  if (task.style === 'program')
    return task.frame !== null && completed === false ? 'runtime_error' : 'passed';
  if (test.expected === null) return 'passed';
  const output = outputFile ?? stdout;
  if (checker !== null) return checker(test, output, { signal });
  return comparisons[comparison](test.expected, output) ? 'passed' : 'wrong_answer';
}

const endVerdicts = {
  signalled: 'crash',
  cpu_limit: 'time_limit',
  wall_limit: 'time_limit',
  memory_limit: 'memory_limit',
  output_limit: 'output_limit',
} as const;

const MiB = 1024 ** 2;
/** Where a problem says nothing. */
const usual = { stdinS: 10, programS: 1, memoryBytes: 1024 * MiB };

/** The limits of one execution: the run's over the problem's over the usual ones. */
export function judgeLimits(
  task: Pick<ContestTask, 'style' | 'timeLimitS' | 'memoryLimitBytes'>,
  config: Pick<ContestConfig, 'time_limit' | 'wall_factor' | 'memory_limit'>,
): JudgeLimits {
  const cpuS =
    config.time_limit ??
    task.timeLimitS ??
    (task.style === 'program' ? usual.programS : usual.stdinS);
  return {
    cpuS,
    wallS: cpuS * config.wall_factor,
    memoryBytes: config.memory_limit ?? task.memoryLimitBytes ?? usual.memoryBytes,
    outputBytes: 16 * MiB,
    processes: 64,
  };
}
