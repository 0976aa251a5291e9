import type { ContestConfig, ContestTask, TestVerdict } from '../../model';
import type { TrialContext } from '../benchmark';
import { judgeLimits, judgeProgram } from './judgeProgram';
import { withJudge } from './judgeSandbox';
import { framed } from './programs';
import type { RunTests } from './tools';

/** How much of an output an agent's comparison needs. */
const keptBytes = 1024 * 1024;
const saidBytes = 4096;

/**
 * Runs a program of an agent on tests that it may know, in the sandboxes and under the limits of the evaluation. A
 * checker is not asked: an agent must not learn from it what is right.
 */
export function testRunner(
  task: ContestTask,
  { config, borrow }: { readonly config: ContestConfig; readonly borrow: TrialContext['borrow'] },
): RunTests {
  return async (program, tests, { signal }) =>
    await withJudge(
      { borrow },
      {
        role: 'programs',
        languages: [program.language],
        signal,
        work: async (judge) => {
          const judged = tests.map(({ input, output }, n) => ({
            name: `test ${String(n + 1)}`,
            input: Buffer.from(input),
            expected: output === null ? null : Buffer.from(output),
          }));
          await using inputs = await judge.load(
            judged.map(({ input }) => input),
            { signal },
          );
          const seen = new Map<number, { stdout: string; message: string | null }>();
          const runnable = framed(withoutTests(task), program);
          const { compileError, verdicts } = await judgeProgram(judge, runnable, {
            tests: judged,
            inputs,
            limits: judgeLimits(task, config),
            files: { input: task.inputFile, output: task.outputFile },
            rules: { task: plain, comparison: config.comparison, checker: null },
            stopOnFirstFailure: false,
            onTest: (index, _verdict: TestVerdict, { stdout, outputFile, stderr }) => {
              const said = Buffer.from(stderr.subarray(-saidBytes)).toString('utf8').trim();
              const printed = (outputFile ?? stdout).subarray(0, keptBytes);
              seen.set(index, {
                stdout: Buffer.from(printed).toString('utf8'),
                message: said === '' ? null : said,
              });
            },
            signal,
          });
          return {
            compileError,
            tests: verdicts.map((verdict, n) => ({
              verdict,
              stdout: seen.get(n)?.stdout ?? null,
              message: seen.get(n)?.message ?? null,
            })),
          };
        },
      },
    );
}

/** A program that is run on an agent's own tests is judged by what it prints, whatever its task's style. */
const plain = { style: 'stdin', frame: null } as const;

/** What stands behind a candidate are the tests that decide: no program that an agent runs may come near them. */
function withoutTests({ frame }: ContestTask): Pick<ContestTask, 'frame'> {
  return { frame: frame === null ? null : { ...frame, after: '' } };
}
