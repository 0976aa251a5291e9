import { RunnerError } from '../model';

/** Data that is not to be had: from a server that refuses it, or that cannot be reached. */
export function unavailable(
  message: string,
  options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
): RunnerError {
  return new RunnerError('dataset-unavailable', message, options);
}

/** The connection failed, or broke while an answer was read. */
export function unreachable(
  { what, server }: { readonly what: string; readonly server: string },
  cause: unknown,
): RunnerError {
  return unavailable(`${what}: ${server} cannot be reached (${reasonOf(cause)}).`, {
    retryable: true,
    cause,
  });
}

/** Statuses that may be another one later. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** undici's own message is "fetch failed"; what failed stands in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
}
