import { RunnerError } from '../../model';
import type { Execution, Judge, JudgeLimits } from './judge/judge';
import type { Checker, JudgedTest } from './judgeProgram';
import wrapper from './sandboxed/checker.py';

const MiB = 1024 ** 2;
const limits: JudgeLimits = {
  cpuS: 30,
  wallS: 90,
  memoryBytes: 1024 * MiB,
  outputBytes: MiB,
  processes: 64,
};

/**
 * A checker: a Python program that is started with the names of three files (input, output of the candidate, expected
 * answer) and says by its exit code what the output is worth, as testlib's do: 0 right; 1 and 2 wrong (a wrong answer, a
 * wrong format). Anything else is a failure of the checker itself and never a verdict. What it prints is not read.
 *
 * @throws `checker-failed` with the end of what it said
 */
export function openChecker(
  judge: Judge,
  { file, source }: { readonly file: string; readonly source: string },
): Checker {
  const program = {
    language: 'PYTHON3',
    source: `${wrapper}\nmain(${JSON.stringify(source)})\n`,
  } as const;
  return async (test, output, { signal }) => {
    await using inputs = await judge.load([packed(test, output)], { signal });
    let execution: Execution | null = null as Execution | null; // set in a callback, which the compiler does not follow
    await judge.run(program, inputs, {
      limits,
      onExecution: (_, ended) => {
        execution = ended;
        return 'go on';
      },
      signal,
    });
    if (execution?.end.kind === 'exited') {
      if (execution.end.code === 0) return 'passed';
      if (execution.end.code === 1 || execution.end.code === 2) return 'wrong_answer';
    }
    throw new RunnerError('checker-failed', failureOf(file, test, execution));
  };
}

/** Bytes as characters of the same number, so that any bytes survive the JSON. */
function packed({ input, expected }: JudgedTest, output: Uint8Array): Uint8Array {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  return Buffer.from(
    JSON.stringify({
      input: text(input),
      output: text(output),
      answer: text(expected ?? new Uint8Array()),
    }),
  );
}

function failureOf(file: string, { name }: JudgedTest, execution: Execution | null): string {
  const end = execution?.end;
  const how =
    end === undefined
      ? 'it was not run'
      : end.kind === 'exited'
        ? `exit code ${String(end.code)}`
        : end.kind === 'signalled'
          ? end.signal
          : end.kind.replace('_', ' ');
  const said = Buffer.from(execution?.stderr ?? [])
    .toString('utf8')
    .trim()
    .split('\n')
    .slice(-5);
  return `The checker ${file} failed on ${name} (${how}). It must exit with 0 (right), 1 or 2 (wrong).\n${said.join('\n')}`.trim();
}
