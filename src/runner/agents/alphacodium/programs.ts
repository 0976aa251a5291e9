import * as z from 'zod';
import type { ContestProgram, ContestRun, FlowPlace, FlowTest } from '../../model';
import { contestRunSchema } from '../../model';
import type { AgentContext } from '../agent';
import { cutInTheMiddle } from '../cutText';
import { toolStep } from '../steps';
import { Toolbox } from '../toolbox';
import type { AiTest } from './answers';

/** Bytes of an input or output that a step, or a prompt, has of a test. */
const shownBytes = 4096;

/** Runs programs on tests with the task's own tool, so that they are judged as the submission will be. */
export class Programs {
  readonly #context: AgentContext;
  readonly #toolbox: Toolbox;
  #calls = 0;

  static async open(context: AgentContext): Promise<Programs> {
    return new Programs(context, new Toolbox(await context.tools()));
  }

  private constructor(context: AgentContext, toolbox: Toolbox) {
    this.#context = context;
    this.#toolbox = toolbox;
  }

  /** All public tests, and these of the model's own. A task without any: none. */
  async run(
    program: ContestProgram,
    { aiTests = [], place }: { readonly aiTests?: readonly AiTest[]; readonly place: FlowPlace },
  ): Promise<ContestRun> {
    const { signal, record } = this.#context;
    this.#calls += 1;
    const tests = aiTests.map(({ input, output }) => ({ input, output }));
    const args = { ...program, tests, kind: 'public_tests' };
    const call = {
      id: `run_${String(this.#calls)}`,
      name: 'contest_run',
      arguments: JSON.stringify(args),
    };
    const outcome = await this.#toolbox.call(call, { signal });
    await record({ ...toolStep(call, outcome), flow: place });
    const run = z.optional(contestRunSchema).parse(outcome.data);
    if (run === undefined) return { compile_error: null, tests: [] };
    return { ...run, tests: run.tests.map((test) => ({ ...test, name: flowName(test.name) })) };
  }
}

function flowName(name: string): string {
  return name.replace(/^own test/, 'AI test');
}

/** The tests of a run as a step shows them. */
export function flowTests(
  { tests, compile_error: error }: ContestRun,
  anchors: ReadonlySet<string> = new Set(),
): FlowTest[] {
  return tests.map(({ name, verdict, input, expected, actual, message }) => ({
    name,
    verdict,
    input: shown(input),
    expected: expected === null ? null : shown(expected),
    actual: actual === null ? null : shown(actual),
    message: error ?? (message === null ? null : shown(message)),
    anchor: anchors.has(name),
  }));
}

/** A failed test in words for the model. */
export function failureText(run: ContestRun, name: string): string {
  if (run.compile_error !== null)
    return `The program cannot be compiled:\n\n${block(run.compile_error)}`;
  const test = run.tests.find((one) => one.name === name);
  if (test === undefined) throw new TypeError(`there is no ${name} in this run`);
  return [
    `Verdict: ${test.verdict.replaceAll('_', ' ')}`,
    `Input:\n\n${block(test.input)}`,
    ...(test.expected === null ? [] : [`Expected output:\n\n${block(test.expected)}`]),
    `Output of the program:\n\n${block(test.actual ?? '')}`,
    ...(test.message === null ? [] : [`What it printed to stderr:\n\n${block(test.message)}`]),
  ].join('\n\n');
}

/** An input or output as a block in a prompt. */
export function block(text: string): string {
  return indented(shown(text.trimEnd()));
}

/** Indented by four spaces: a block in Markdown that no fence in it can leave. */
export function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

function shown(text: string): string {
  return cutInTheMiddle(text, shownBytes).text;
}
