import * as z from 'zod';
import { cutInTheMiddle } from '../../../agents/cutText';
import { readText } from '../../../agents/tools/sandboxCalls';
import type { Tool } from '../../../agents/tool';
import type { ContestProgram, ContestRun, ContestRunTest } from '../../../model';
import { toolParameters } from '../../../model';
import type { ContestToolOptions, ToolTest } from './index';
import { languageOfFile, solutionIn, solutionNames } from './programFiles';

const parameters = z.object(toolParameters.contest_run);
type Arguments = z.output<typeof parameters>;

/** Bytes of an input or output that the answer's text shows. */
const shownBytes = 2048;

/** Runs a program on the tests that an agent may see, under the limits and by the comparison of the evaluation. */
export function contestRunTool(options: ContestToolOptions): Tool<typeof parameters> {
  return {
    name: 'contest_run',
    description:
      "Runs a program on the problem's public tests, or on tests of your own, and tells what it printed and which tests it passed. Limits and comparison are those by which your submission is judged; the tests that decide are others.",
    parameters,
    changesFiles: false,
    async call(args, { signal }) {
      const program = await programOf(args, options, signal);
      if ('problem' in program) return { ok: false, text: program.problem };
      const tests = testsOf(args, options);
      if (tests.length === 0)
        return { ok: false, text: 'This problem has no public tests: give tests of your own.' };
      const ran = await options.runTests(program, tests, { signal });
      const run: ContestRun = {
        compile_error: ran.compileError,
        tests: tests.map(({ name, input, output }, n) => ({
          name,
          input,
          expected: output,
          verdict: ran.tests[n]?.verdict ?? 'not_run',
          actual: ran.tests[n]?.stdout ?? null,
          message: ran.tests[n]?.message ?? null,
        })),
      };
      return { ok: ran.compileError === null, text: textOf(run), data: run };
    },
  };
}

function testsOf(
  { tests, kind }: Arguments,
  { task }: ContestToolOptions,
): readonly (ToolTest & { readonly name: string })[] {
  const own = (tests ?? []).map(({ input, output }, n) => ({
    name: `own test ${String(n + 1)}`,
    input,
    output: output ?? null,
  }));
  if (tests !== undefined && kind === undefined) return own;
  const known = task.publicTests.map((test, n) => ({
    ...test,
    name: `public test ${String(n + 1)}`,
  }));
  return [...known, ...own];
}

async function programOf(
  { source, path, language }: Arguments,
  { sandbox }: ContestToolOptions,
  signal: AbortSignal,
): Promise<ContestProgram | { readonly problem: string }> {
  if (source !== undefined) return { source, language: language ?? 'PYTHON3' };
  if (path === undefined) {
    const program = await solutionIn(sandbox, { signal });
    return (
      program ?? { problem: `There is no program: write ${solutionNames}, or give its source.` }
    );
  }
  const read = await readText(sandbox, path, { signal });
  if ('problem' in read) return read;
  return { source: read.text, language: language ?? languageOfFile(path) };
}

/** The answer for a model: each failed test with what went in, what came out and what was expected. */
function textOf({ compile_error: error, tests }: ContestRun): string {
  if (error !== null) return `The program cannot be compiled.\n${cut(error)}`;
  const passed = tests.filter(({ verdict }) => verdict === 'passed').length;
  const head = `${String(passed)} of ${String(tests.length)} tests passed.`;
  return [head, ...tests.map(testText)].join('\n\n');
}

function testText({ name, input, expected, verdict, actual, message }: ContestRunTest): string {
  const title = `${name}: ${verdict}`;
  if (verdict === 'passed' && expected !== null) return title;
  const parts = [
    ['input', input],
    ['expected', expected],
    ['printed', actual],
    ['stderr', message],
  ] as const;
  return [
    title,
    ...parts.flatMap(([part, text]) =>
      text === null ? [] : [`${part}:\n${indented(cut(text.trimEnd()))}`],
    ),
  ].join('\n');
}

function cut(text: string): string {
  return cutInTheMiddle(text, shownBytes).text;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
