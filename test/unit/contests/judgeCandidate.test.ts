import { describe, expect, test } from 'vitest';
import type { ContestCheck } from '../../../src/runner/benchmarks/contests/evaluateCandidates';
import { judgeCandidate } from '../../../src/runner/benchmarks/contests/evaluateCandidates';
import type {
  Execution,
  ExecutionEnd,
  InputSet,
  Judge,
  ProgramOutcome,
} from '../../../src/runner/benchmarks/contests/judge/judge';
import type { Checker } from '../../../src/runner/benchmarks/contests/judgeProgram';
import { judgeLimits } from '../../../src/runner/benchmarks/contests/judgeProgram';
import type { ContestConfig, ContestLanguage, ContestTask } from '../../../src/runner/model';
import { contestConfigSchema } from '../../../src/runner/model';
import { never } from '../../support/temp';

const inputs: InputSet = { count: 0, [Symbol.asyncDispose]: () => Promise.resolve() };

/** A judge whose executions are given: what a real one says is the contract suite's business. */
function judgeOf(executions: readonly Execution[] | string): Judge & { ran: number } {
  const judge = {
    ran: 0,
    load: () => Promise.resolve(inputs),
    run: (
      _: unknown,
      __: unknown,
      options: Parameters<Judge['run']>[2],
    ): Promise<ProgramOutcome> => {
      if (typeof executions === 'string')
        return Promise.resolve({ kind: 'not_compiled', message: executions });
      for (const [index, execution] of executions.entries()) {
        judge.ran += 1;
        if (options.onExecution(index, execution) === 'stop') break;
      }
      return Promise.resolve({ kind: 'ran' });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return judge;
}

function execution(stdout: string, changes: Partial<Execution> = {}): Execution {
  return {
    end: { kind: 'exited', code: 0 },
    stdout: Buffer.from(stdout),
    stderr: new Uint8Array(),
    outputFile: null,
    cpuS: 0.25,
    wallS: 0.5,
    peakBytes: 0,
    completed: true,
    ...changes,
  };
}

function ended(end: ExecutionEnd): Execution {
  return execution('', { end });
}

function check(name: string, expected: string | null, changes: Partial<ContestCheck> = {}) {
  return {
    name,
    input: new Uint8Array(),
    expected: expected === null ? null : Buffer.from(expected),
    decides: true,
    filters: false,
    ...changes,
  };
}

async function judged(
  executions: readonly Execution[] | string,
  {
    tests = (typeof executions === 'string' ? [] : executions).map((_, n) =>
      check(`private test ${String(n + 1)}`, 'right'),
    ),
    task = {},
    config = {},
    checker = null,
    source = 'print()',
    language = 'PYTHON3',
  }: {
    readonly tests?: readonly ContestCheck[];
    readonly task?: Partial<ContestTask>;
    readonly config?: Partial<ContestConfig>;
    readonly checker?: Checker | null;
    readonly source?: string;
    readonly language?: ContestLanguage;
  } = {},
) {
  const judge = judgeOf(executions);
  const parsed = contestConfigSchema.parse(config);
  const whole = { style: 'stdin', frame: null, inputFile: null, outputFile: null, ...task };
  const limits = judgeLimits({ style: 'stdin', timeLimitS: null, memoryLimitBytes: null }, parsed);
  const candidate = await judgeCandidate(
    judge,
    { language, source },
    // Of the task no more is looked at.
    { task: whole as ContestTask, config: parsed, tests, inputs, limits, checker, signal: never },
  );
  return { ...candidate, ran: judge.ran };
}

describe('a candidate', () => {
  test.each<[ExecutionEnd, string]>([
    [{ kind: 'exited', code: 0 }, 'wrong_answer'],
    [{ kind: 'exited', code: 1 }, 'runtime_error'],
    [{ kind: 'signalled', signal: 'SIGSEGV' }, 'crash'],
    [{ kind: 'cpu_limit' }, 'time_limit'],
    [{ kind: 'wall_limit' }, 'time_limit'],
    [{ kind: 'memory_limit' }, 'memory_limit'],
    [{ kind: 'output_limit' }, 'output_limit'],
  ])('that ends with %j: %s', async (end, verdict) => {
    const { report } = await judged([ended(end)]);
    expect(report).toEqual({ verdict, tests: [verdict] });
  });

  test('that is right before it ends badly has not passed', async () => {
    const { report } = await judged([execution('right', { end: { kind: 'cpu_limit' } })]);
    expect(report.verdict).toBe('time_limit');
  });

  test('has the verdict of the first test that it fails, with both outputs', async () => {
    const { report, failure } = await judged([
      execution('right'),
      execution('wrong'),
      ended({ kind: 'cpu_limit' }),
    ]);
    expect(report).toEqual({
      verdict: 'wrong_answer',
      tests: ['passed', 'wrong_answer', 'time_limit'],
    });
    expect(failure).toMatchObject({
      id: 'private test 2',
      outcome: 'failed',
      status: 'wrong_answer',
      expected: 'right',
      actual: 'wrong',
    });
  });

  test('stops at its first failure where that is asked for', async () => {
    const { report, ran } = await judged(
      [execution('right'), execution('wrong'), execution('right')],
      { config: { stop_on_first_failure: true } },
    );
    expect(report.tests).toEqual(['passed', 'wrong_answer', 'not_run']);
    expect(ran).toBe(2);
  });

  test('that is empty is not run', async () => {
    const { report, ran } = await judged([execution('right')], { source: ' \n' });
    expect(report).toEqual({ verdict: 'empty', tests: ['not_run'] });
    expect(ran).toBe(0);
  });

  test('of a problem without tests has not passed', async () => {
    expect((await judged([])).report).toEqual({ verdict: 'no_tests', tests: [] });
  });

  test('in Python that the interpreter cannot read fails on its tests, as `python3 program.py` does', async () => {
    const tests = [check('private test 1', 'right'), check('private test 2', 'right')];
    const { report, failure } = await judged('SyntaxError: oh no', { tests });
    expect(report).toEqual({
      verdict: 'runtime_error',
      tests: ['runtime_error', 'runtime_error'],
    });
    expect(failure).toMatchObject({
      id: 'private test 1',
      status: 'runtime_error',
      message: 'exit code 1\nSyntaxError: oh no',
    });
    const stopped = await judged('SyntaxError: oh no', {
      tests,
      config: { stop_on_first_failure: true },
    });
    expect(stopped.report.tests).toEqual(['runtime_error', 'not_run']);
  });

  test('that cannot be compiled says why', async () => {
    const { report, failure } = await judged('main.cpp:1: oh no', {
      language: 'CPP',
      tests: [check('private test 1', 'right')],
    });
    expect(report).toEqual({ verdict: 'compile_error', tests: ['not_run'] });
    expect(failure).toMatchObject({ status: 'compile_error', message: 'main.cpp:1: oh no' });
  });

  test('writes to the file that the problem names', async () => {
    const { report } = await judged([
      execution('', { outputFile: Buffer.from('right\n') }),
      execution('right', { outputFile: Buffer.from('wrong') }),
    ]);
    expect(report.tests).toEqual(['passed', 'wrong_answer']);
  });

  test('is shown with the beginning of its output', async () => {
    const { failure } = await judged([execution('x'.repeat(10_000))]);
    expect(failure?.actual).toBe(`${'x'.repeat(4096)}\n[5904 bytes more]`);
  });
});

describe('a program with its tests', () => {
  const frame = { before: '', after: 'check()' };
  const tests = [check('program', null)];

  test('passes when it ran to its end', async () => {
    const { report } = await judged([execution('')], { task: { style: 'program', frame }, tests });
    expect(report.verdict).toBe('passed');
  });

  test('that leaves before its tests has not passed', async () => {
    const left = execution('', { completed: false });
    const framed = await judged([left], { task: { style: 'program', frame }, tests });
    expect(framed.report.verdict).toBe('runtime_error');
    expect(framed.failure?.message).toBe('it left before its tests ended');
    // Of a whole program nobody knows where its tests are.
    const whole = await judged([left], { task: { style: 'program' }, tests });
    expect(whole.report.verdict).toBe('passed');
  });
});

describe('a checker', () => {
  const isEven: Checker = (_, output) =>
    Promise.resolve(Number(Buffer.from(output).toString()) % 2 === 0 ? 'passed' : 'wrong_answer');

  test('decides instead of the comparison', async () => {
    const { report } = await judged([execution('4'), execution('5')], { checker: isEven });
    expect(report.tests).toEqual(['passed', 'wrong_answer']);
  });

  test('is not asked about a program that did not end well', async () => {
    const { report } = await judged([execution('4', { end: { kind: 'exited', code: 1 } })], {
      checker: isEven,
    });
    expect(report.tests).toEqual(['runtime_error']);
  });

  test('leaves what follows the first failure out where that is asked for', async () => {
    const { report } = await judged([execution('4'), execution('5'), execution('6')], {
      checker: isEven,
      config: { stop_on_first_failure: true },
    });
    expect(report.tests).toEqual(['passed', 'wrong_answer', 'not_run']);
  });

  test('that fails is no verdict', async () => {
    const broken: Checker = () => Promise.reject(new Error('the checker failed'));
    await expect(judged([execution('4')], { checker: broken })).rejects.toThrow(
      'the checker failed',
    );
  });
});

describe('filtering by public tests', () => {
  const tests = [
    check('public test 1', 'right', { decides: false, filters: true }),
    check('private test 1', 'right'),
  ];

  test('has no say in the verdict', async () => {
    const { report } = await judged([execution('wrong'), execution('right')], {
      tests,
      config: { submissions: 1, stop_on_first_failure: true },
    });
    expect(report).toEqual({ verdict: 'passed', tests: ['passed'], passed_public: false });
  });

  test('lets those through that pass them', async () => {
    const { report } = await judged([execution('right'), execution('wrong')], {
      tests,
      config: { submissions: 1 },
    });
    expect(report).toEqual({
      verdict: 'wrong_answer',
      tests: ['wrong_answer'],
      passed_public: true,
    });
  });
});
