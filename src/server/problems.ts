import type { RunnerErrorCode } from '../runner/model';
import { RunnerError } from '../runner/model';
import type { Problem } from './schemas';

/** What was asked for may not be had, whoever asks. */
export class Forbidden extends Error {}

/** Nobody can be served now; it is worth asking again in a moment. */
export class Busy extends Error {}

const titles = {
  400: 'Bad request',
  401: 'Not authorized',
  403: 'Forbidden',
  404: 'Not found',
  409: 'Conflict',
  411: 'Length required',
  413: 'Too large',
  415: 'Unsupported media type',
  421: 'Misdirected request',
  422: 'Cannot be run',
  500: 'Internal error',
  503: 'Unavailable',
  507: 'Out of room',
} as const;
export type ProblemStatus = keyof typeof titles;

/** A problem before it is sent. */
export interface Refusal {
  readonly status: ProblemStatus;
  /** What programs match on. */
  readonly code: string;
  /** What happened and what to do. */
  readonly detail: string;
}

export function problem({ status, code, detail }: Refusal): Problem {
  return { type: `urn:benchyard:problem:${code}`, title: titles[status], status, detail, code };
}

/** What a failure is for a client. `asked`: the request asks for a run, in which something that is not there can be mended. */
export function refusalOf(error: unknown, { asked }: { readonly asked: boolean }): Refusal {
  if (RunnerError.is(error))
    return { status: statusOf(error.code, asked), code: error.code, detail: error.message };
  if (error instanceof Forbidden) return { status: 403, code: 'forbidden', detail: error.message };
  if (error instanceof Busy) return { status: 503, code: 'busy', detail: error.message };
  const detail = 'This is a bug in Benchyard. The log of the server says more.';
  return { status: 500, code: 'unexpected', detail };
}

function statusOf(code: RunnerErrorCode, asked: boolean): ProblemStatus {
  switch (code) {
    case 'invalid-config':
      return 400;
    case 'not-found':
      return asked ? 422 : 404;
    case 'invalid-task':
    case 'model-denied':
    case 'unsupported-environment':
    case 'image-unsuitable':
      return 422;
    case 'locked':
      return 409;
    case 'disk-full':
      return 507;
    case 'too-many-files':
    case 'engine-unavailable':
    case 'docker-unavailable':
    case 'docker-denied':
    case 'no-sandbox':
    case 'image-unavailable':
    case 'dataset-unavailable':
    case 'model-unavailable':
    case 'git-missing':
      return 503;
    case 'sandbox-lost':
    case 'checker-failed':
      return 500;
  }
}
