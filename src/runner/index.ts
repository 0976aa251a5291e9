/**
 * The core's facade: what the editor, the command line and the server may import. Of the model it has the types alone:
 * its functions are pure, and stand in the bundles of those that call them.
 */
export type * from './model';
export type * from './runner';
export { readConfigFile } from './configFile';
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
