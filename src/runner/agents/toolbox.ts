import * as z from 'zod';
import type { ToolSpec } from '../llm/model';
import type { ToolCall } from '../model';
import { cutInTheMiddle } from './cutText';
import type { Tool, ToolResult } from './tool';

/** Bytes of a tool's output that a model is shown. */
export const usualOutputLimit = 16 * 1024;

/** What became of a tool call, whatever it was: nothing that a model writes makes it reject. */
export interface ToolCallOutcome {
  readonly ok: boolean;
  /** For the model: cut in the middle when it is long. */
  readonly text: string;
  /** All of the output, when `text` is cut. */
  readonly whole?: string;
  /** Bytes of the whole output. */
  readonly bytes: number;
  /** As parsed; what is no JSON stays a text. */
  readonly args: unknown;
  readonly durationMs: number;
  readonly changesFiles: boolean;
  /** There is such a tool and it takes such arguments: the tool was called. */
  readonly understood: boolean;
  readonly ends: NonNullable<ToolResult['ends']> | null;
  /** End of a test run's output, when the tool ran the task's tests. */
  readonly testTail: string | null;
  /** The answer as a value, where the tool has one. */
  readonly data?: unknown;
}

/** The tools of an agent: tells a model of them and performs what it calls for. */
export class Toolbox {
  readonly specs: readonly ToolSpec[];
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #outputLimit: number;

  constructor(
    tools: readonly Tool[],
    { outputLimit = usualOutputLimit }: { readonly outputLimit?: number } = {},
  ) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.#outputLimit = outputLimit;
    this.specs = tools.map(specOf);
  }

  /**
   * Performs a call as a model wrote it. What cannot be understood is answered with what was expected.
   *
   * @throws `signal.reason` on cancel, and what the sandbox itself breaks with
   */
  async call(
    { name, arguments: text }: Pick<ToolCall, 'name' | 'arguments'>,
    options: { readonly signal: AbortSignal },
  ): Promise<ToolCallOutcome> {
    options.signal.throwIfAborted();
    const read = readArguments(text);
    const tool = this.#tools.get(name);
    if (tool === undefined) return this.#notUnderstood(read.value, this.#unknown(name));
    if (read.problem !== null)
      return this.#notUnderstood(read.value, `${read.problem}\n${expected(tool)}`);
    const parsed = tool.parameters.safeParse(read.value);
    if (!parsed.success) {
      const why = z.prettifyError(parsed.error);
      return this.#notUnderstood(
        read.value,
        `The arguments of ${name} cannot be used.\n${why}\n${expected(tool)}`,
      );
    }
    const started = performance.now();
    const result = await tool.call(parsed.data, options);
    return {
      ...this.#shown(result.text),
      ok: result.ok,
      args: parsed.data,
      durationMs: performance.now() - started,
      changesFiles: tool.changesFiles,
      understood: true,
      ends: result.ends ?? null,
      testTail: result.testTail ?? null,
      data: result.data,
    };
  }

  #notUnderstood(args: unknown, why: string): ToolCallOutcome {
    return {
      ...this.#shown(`Error: ${why}`),
      ok: false,
      args,
      durationMs: 0,
      changesFiles: false,
      understood: false,
      ends: null,
      testTail: null,
    };
  }

  #shown(output: string): Pick<ToolCallOutcome, 'text' | 'bytes' | 'whole'> {
    const { text, bytes, cut } = cutInTheMiddle(output, this.#outputLimit);
    return cut ? { text, bytes, whole: output } : { text, bytes };
  }

  #unknown(name: string): string {
    return `There is no tool "${name}". The tools are: ${[...this.#tools.keys()].join(', ')}.`;
  }
}

/** A tool as models are told of it. */
export function specOf({ name, description, parameters }: Tool): ToolSpec {
  const schema = Object.entries(z.toJSONSchema(parameters, { io: 'input' }));
  return {
    name,
    description,
    parameters: Object.fromEntries(schema.filter(([key]) => key !== '$schema')),
  };
}

/** A tool without parameters is often called with no text at all. */
function readArguments(text: string): { readonly value: unknown; readonly problem: string | null } {
  if (text.trim() === '') return { value: {}, problem: null };
  try {
    return { value: JSON.parse(text) as unknown, problem: null };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { value: text, problem: `The arguments are not JSON: ${why}.` };
  }
}

function expected(tool: Tool): string {
  return `Expected is an object of this JSON schema: ${JSON.stringify(specOf(tool).parameters)}`;
}
