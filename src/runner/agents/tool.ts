import type * as z from 'zod';

/** What a tool answers. A failed call is an answer too: the agent reads why. */
export interface ToolResult {
  readonly ok: boolean;
  readonly text: string;
}

/** Something that an agent may call on its task. Arguments are parsed by `parameters` before `call` sees them. */
export interface Tool<Parameters extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly parameters: Parameters;
  call(args: z.output<Parameters>, options: { readonly signal: AbortSignal }): Promise<ToolResult>;
}
