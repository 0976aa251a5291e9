export * from './errors';
export * from './events';
export * from './limits';
export * from './result';
export * from './runConfig';
export * from './runState';
export * from './task';
export * from './testReport';
