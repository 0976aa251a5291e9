/**
 * Why the core could not do what was asked. A failing test, an empty patch or a limit that was reached is not an error
 * but a value (see result.ts); these are the failures that a person has to act on.
 */
export type RunnerErrorCode =
  | 'invalid-config' // a file, option or message does not have the shape it must have
  | 'invalid-task' // a task file's line cannot be used
  | 'not-found' // a file, run, task or trial that was named does not exist
  | 'docker-unavailable' // no engine answers
  | 'docker-denied' // an engine is there, this user may not use it
  | 'no-sandbox' // neither Docker nor bubblewrap can be used
  | 'unsupported-environment' // the chosen sandbox cannot honour what the environment asks
  | 'image-unavailable' // an image can be neither found, pulled nor built
  | 'image-unsuitable' // an image lacks a program that the work needs
  | 'sandbox-lost' // the sandbox died under a command
  | 'checker-failed' // the program that decides whether an output is right broke itself
  | 'engine-unavailable' // the cluster that the run asks for cannot be used from here, or refuses it
  | 'disk-full' // the host, or a sandbox within its limit, has no room left
  | 'too-many-files' // this process, or the machine, may open no more files
  | 'locked' // another process holds the run folder or the cache entry
  | 'git-missing' // the host has no usable git
  | 'dataset-unavailable' // a dataset can neither be downloaded nor is it in the cache
  | 'model-denied' // key, name or address of a model are wrong, or its provider refuses this user
  | 'model-unavailable'; // a model that the run needs is not there at all

export interface RunnerErrorOptions {
  readonly cause?: unknown;
  /** Trying the same again later may succeed (a registry that was busy), without anybody changing anything. */
  readonly retryable?: boolean;
}

const brand = Symbol.for('benchyard.RunnerError');

/** The one error class of the core. `message` says what happened and what to do; code is what programs match on. */
export class RunnerError extends Error {
  readonly code: RunnerErrorCode;
  readonly retryable: boolean;

  constructor(code: RunnerErrorCode, message: string, options: RunnerErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'RunnerError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Works across bundles (the faces and the core are separate ones), where `instanceof` would not. */
  static is(error: unknown, code?: RunnerErrorCode): error is RunnerError {
    return (
      typeof error === 'object' &&
      error !== null &&
      brand in error &&
      (code === undefined || ('code' in error && error.code === code))
    );
  }
}
