import * as z from 'zod';
import type { Tool } from '../../../agents/tool';
import { fileTools } from '../../../agents/tools';
import type { ContestProgram, ContestTask, ContestTest, TestVerdict } from '../../../model';
import { toolParameters } from '../../../model';
import type { Sandbox } from '../../../sandbox/sandbox';
import { contestRunTool } from './contestRunTool';

/** A test of which the right output may not be known. */
export interface ToolTest {
  readonly input: ContestTest['input'];
  readonly output: ContestTest['output'] | null;
}

/** What became of one program on tests, in their order. */
export interface ProgramRun {
  /** The compiler's message; null: it could be run. Otherwise `tests` may be empty. */
  readonly compileError: string | null;
  readonly tests: readonly {
    readonly verdict: TestVerdict;
    /** As text, cut at a size that still lets outputs be compared; null: not run. */
    readonly stdout: string | null;
    /** The end of stderr; null: nothing. */
    readonly message: string | null;
  }[];
}

/**
 * Runs one program on tests in a judge's sandbox, under the limits and by the comparison of the run. A test whose output
 * is null passes when the program ends with 0.
 */
export type RunTests = (
  program: ContestProgram,
  tests: readonly ToolTest[],
  options: { readonly signal: AbortSignal },
) => Promise<ProgramRun>;

export interface ContestToolOptions {
  readonly task: ContestTask;
  /** Where the agent works on files. */
  readonly sandbox: Sandbox;
  readonly statement: string;
  readonly runTests: RunTests;
}

const noParameters = z.object(toolParameters.contest_statement);

/** What an agent may call on a contest task. None of it knows a private or generated test. */
export function contestTools(options: ContestToolOptions): readonly Tool[] {
  return [statementTool(options), contestRunTool(options), ...fileTools(options.sandbox)];
}

function statementTool({ statement }: ContestToolOptions): Tool<typeof noParameters> {
  return {
    name: 'contest_statement',
    description: "The problem's statement with its limits and public tests.",
    parameters: noParameters,
    changesFiles: false,
    call: () => Promise.resolve({ ok: true, text: statement }),
  };
}
