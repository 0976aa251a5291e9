/** The HTTP server: a bundle of its own, which the command line and the editor load when they are asked for one. */
export type { RunningServer, ServeOptions } from './startServer';
export { startServer } from './startServer';
