/** The client of `benchyard serve`, for other people's programs: `import { Client } from 'benchyard/sdk'`. */
export type { CallOptions, EventOptions, WaitOptions } from './client';
export { Client } from './client';
export type { ClientOptions } from './connection';
export { ApiError } from './errors';
export type { ServerFile, ServerFilePlace } from './serverFile';
export { serverFileOf } from './serverFile';
export type * from './types';
