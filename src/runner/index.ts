/** The core's facade: what the editor, the command line and the server may import. */
export * from './model';
export type * from './runner';
export { createRunner } from './createRunner';
export type { Host } from './host';
export type { Check, SandboxLeftover } from './sandbox/sandbox';
export type {
  CompleteOptions,
  Completion,
  CompletionEnd,
  CompletionFacts,
  Model,
  ModelRequest,
  ToolSpec,
} from './llm/model';
