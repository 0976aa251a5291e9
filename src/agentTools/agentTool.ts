import * as z from 'zod';
import type { RunChoices } from '../presentation/runSettings';
import type { RunConfigInput, Runner } from '../runner/index';
import { RunnerError } from '../runner/model';
import type { TaskSessions } from './taskSessions';

/** What tools reach of the face that offers them: the editor's language-model tools, its chat, the MCP server. */
export interface ToolHost {
  runner(): Promise<Runner>;
  /** Where run folders are. */
  readonly runsFolder: string;
  /** The task files that are known here. */
  taskFiles(): Promise<readonly string[]>;
  /** The config of a run of these choices, as this face makes it. */
  runConfig(choices: RunChoices): RunConfigInput;
  /** The tasks that somebody works on through these tools. */
  readonly sessions: TaskSessions;
}

export interface ToolAnswer {
  readonly ok: boolean;
  readonly text: string;
}

/** A tool that a language model, or the program around it, calls from outside. */
export interface AgentTool<Input extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** For people, as lists show it. */
  readonly title: string;
  /** For the model. */
  readonly description: string;
  readonly input: Input;
  /** Reads what is on disk and changes nothing. */
  readonly readOnly: boolean;
  call(
    input: z.output<Input>,
    host: ToolHost,
    options: { readonly signal: AbortSignal },
  ): Promise<ToolAnswer>;
}

/** Keeps the input's type inside the tool; outside, every tool takes what its schema lets through. */
export function defineTool<Input extends z.ZodObject>(tool: AgentTool<Input>): AgentTool {
  return {
    ...tool,
    call: async (input, host, options) => tool.call(tool.input.parse(input), host, options),
  };
}

/** A value as a model reads it. */
export function told(value: unknown): ToolAnswer {
  return { ok: true, text: JSON.stringify(value, null, 1) };
}

/** The input's JSON schema, as manifests and protocols want it. */
export function inputSchemaOf(tool: Pick<AgentTool, 'input'>): Readonly<Record<string, unknown>> {
  const schema: Record<string, unknown> = { ...z.toJSONSchema(tool.input, { io: 'input' }) };
  delete schema['$schema'];
  return schema;
}

/**
 * Calls a tool with what a model wrote. Arguments that do not fit and things that are not there are answers that say so:
 * the model is to read them and try again.
 *
 * @throws `signal.reason` on cancel, and what is a defect
 */
export async function callTool(
  tool: AgentTool,
  args: unknown,
  context: { readonly host: ToolHost; readonly signal: AbortSignal },
): Promise<ToolAnswer> {
  const input = tool.input.safeParse(args ?? {});
  if (!input.success) {
    const text = `The arguments of ${tool.name} do not fit:\n${z.prettifyError(input.error)}`;
    return { ok: false, text };
  }
  try {
    return await tool.call(input.data, context.host, { signal: context.signal });
  } catch (error) {
    context.signal.throwIfAborted();
    if (RunnerError.is(error)) return { ok: false, text: error.message };
    throw error;
  }
}

/** A text no longer than `limit` characters: of a longer one, the beginning and the end. */
export function cutMiddle(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  const left = text.length - 2 * half;
  return `${text.slice(0, half)}\n[… ${left} characters left out …]\n${text.slice(-half)}`;
}
