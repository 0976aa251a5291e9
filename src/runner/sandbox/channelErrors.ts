import { RunnerError } from '../model/errors';
import type { EndEvent, RunRequest } from './channelFrames';
import { fileProblemSchema } from './channelFrames';

const verbs = {
  read: 'read',
  write: 'write',
  unpack: 'unpack an archive into',
  pack: 'copy out',
} as const satisfies Record<NonNullable<RunRequest['file']>, string>;

const codes = {
  missing: 'not-found',
  refused: 'invalid-config',
  'too-large': 'invalid-config',
  full: 'disk-full',
} as const;

function parseProblem(stderr: Buffer): { kind: keyof typeof codes; message: string } | null {
  try {
    return fileProblemSchema.parse(JSON.parse(stderr.toString('utf8')));
  } catch {
    return null;
  }
}

/** A file operation's end as an error. One that was killed means that the sandbox is not to be relied on any more. */
export function fileOperationFailed(
  operation: NonNullable<RunRequest['file']>,
  target: string,
  end: EndEvent,
  stderr: Buffer,
): RunnerError {
  const what = `Cannot ${verbs[operation]} ${target} in the sandbox`;
  const problem = end.cause === 'exited' ? parseProblem(stderr) : null;
  if (problem !== null)
    return new RunnerError(codes[problem.kind], `${what}: ${problem.message}.`, {
      cause: problem.kind,
    });
  const why = end.message ?? end.signal ?? end.cause;
  return new RunnerError('sandbox-lost', `${what}: the operation was ended (${why}).`);
}

export function copyOutFailed(folder: string, cause: unknown): RunnerError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RunnerError('invalid-config', `Cannot copy out ${folder}: ${why}.`, { cause });
}
