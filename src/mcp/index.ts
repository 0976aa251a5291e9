/** The MCP server: a bundle of its own, which the command line loads when it is asked for one. */
export type { McpOptions } from './server';
export { serveMcp } from './server';
