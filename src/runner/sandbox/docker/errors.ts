import { RunnerError } from '../../model/errors';

/** HTTP status of an engine's refusal, null for anything else. */
export function statusOf(error: unknown): number | null {
  return typeof error === 'object' &&
    error !== null &&
    'statusCode' in error &&
    typeof error.statusCode === 'number'
    ? error.statusCode
    : null;
}

function messageOf(error: unknown): string {
  if (
    typeof error === 'object' &&
    error !== null &&
    'json' in error &&
    typeof error.json === 'object' &&
    error.json !== null &&
    'message' in error.json
  ) {
    return String(error.json.message);
  }
  return error instanceof Error ? error.message : String(error);
}

/** errno of a failed connection (`ENOENT`, `EACCES`, …), null for anything else. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}

const connectionErrnos = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

/**
 * What an engine answered as an error that says what to do. `RunnerError`s and aborts pass through. An engine tells
 * most of its reasons in words only, so this is the one place that reads them.
 */
export function dockerError(what: string, error: unknown): unknown {
  if (RunnerError.is(error) || (error instanceof Error && error.name === 'AbortError'))
    return error;
  const errno = errnoOf(error);
  const message = messageOf(error);
  if (errno === 'EACCES' || errno === 'EPERM') return deniedError(message, error);
  if (errno !== null && connectionErrnos.has(errno)) {
    return new RunnerError(
      'docker-unavailable',
      `${what}: the Docker engine does not answer (${message}). Is it still running?`,
      { cause: error, retryable: true },
    );
  }
  const program = /exec: "([^"]+)": (?:executable file not found|stat .*no such file)/.exec(
    message,
  );
  if (program !== null) {
    return new RunnerError(
      'image-unsuitable',
      `${what}: the image has no ${program[1] ?? 'python3'}, which every sandbox needs. Install it in the image or choose another.`,
      { cause: error },
    );
  }
  if (/no space left on device|disk quota exceeded/i.test(message)) {
    return new RunnerError(
      'disk-full',
      `${what}: the engine's disk is full (${message}). Free some room, for example with \`benchyard clean --snapshots --images\`.`,
      { cause: error },
    );
  }
  if (/no such image/i.test(message)) {
    return new RunnerError('image-unavailable', `${what}: ${message}`, { cause: error });
  }
  const status = statusOf(error);
  if (status === null) return new Error(`${what}: ${message}`, { cause: error });
  return new RunnerError('docker-unavailable', `${what}: the Docker engine refused: ${message}`, {
    cause: error,
    retryable: status >= 500,
  });
}

export function deniedError(reason: string, cause: unknown): RunnerError {
  return new RunnerError(
    'docker-denied',
    `A Docker engine is there, but this user may not use it (${reason}). Add the user to its group with \`sudo usermod -aG docker $USER\` and log in again, or choose the bubblewrap sandbox.`,
    { cause },
  );
}
