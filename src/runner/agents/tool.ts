import type * as z from 'zod';

/** What a tool answers. A failed call is an answer too: the agent reads why. */
export interface ToolResult {
  readonly ok: boolean;
  /** Whole; who calls the tool cuts what is too long for a model. */
  readonly text: string;
  /** The agent is done, or somebody else goes on. */
  readonly ends?: 'submitted' | 'handed_over';
  /** The answer as a value, for an agent that is a program; its shape is the tool's. */
  readonly data?: unknown;
  /** End of a test run's output, when the tool ran the task's tests. */
  readonly testTail?: string;
}

/** Something that an agent may call on its task. Arguments are parsed by `parameters` before `call` sees them. */
export interface Tool<Parameters extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** For the model: what it does and what its limits are. */
  readonly description: string;
  readonly parameters: Parameters;
  /** Whether files of the working tree may be other ones after it. */
  readonly changesFiles: boolean;
  /** Infrastructure failures and cancels reject; everything else is a result. */
  call(args: z.output<Parameters>, options: { readonly signal: AbortSignal }): Promise<ToolResult>;
}
