import { RunnerError } from '../model';
import { redactCredentials } from './pipSettings';

/** Why an image could not be pulled, as far as the engine's words tell. */
export interface PullFailure {
  readonly kind:
    | 'rate-limited' // asked too often: refused until some time has passed
    | 'busy' // the registry or the way to it had a bad moment
    | 'unreachable'
    | 'denied'
    | 'not-found'
    | 'platform'
    | 'disk-full'
    | 'other';
  readonly reason: string;
}

/** The order matters: "no such host" is not a missing image, and a 429 says "unauthorized" on some registries. */
const signs: readonly (readonly [PullFailure['kind'], RegExp])[] = [
  ['disk-full', /no space left on device/i],
  ['rate-limited', /toomanyrequests|too many requests|rate limit|\b429\b/i],
  [
    'busy',
    /unexpected http status:? 5\d\d|\b50[0234]\b|bad gateway|service unavailable|internal server error/i,
  ],
  ['busy', /timeout|timed out|deadline exceeded|connection reset|unexpected eof|\bEOF$/i],
  [
    'unreachable',
    /no such host|connection refused|network is unreachable|no route to host|server misbehaving/i,
  ],
  ['unreachable', /x509|certificate|proxyconnect/i],
  [
    'platform',
    /no matching manifest|does not match the specified platform|image operating system/i,
  ],
  ['denied', /unauthorized|denied|authentication required|no basic auth|forbidden|\b40[13]\b/i],
  ['not-found', /manifest unknown|name unknown|not found|does not exist|\b404\b/i],
];

export function classifyPullFailure(error: unknown): PullFailure {
  const reason = redactCredentials(reasonOf(error));
  const sign = signs.find(([, pattern]) => pattern.test(reason));
  return { kind: sign?.[0] ?? 'other', reason };
}

/** docker-modem puts `(HTTP code 404) unexpected -` before what the engine said. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\(HTTP code \d+\)[^-]* - /, '').trim();
}

/** The failure of a named image as the core's error: what happened and what to do. */
export function pullError(
  image: string,
  { kind, reason }: PullFailure,
  cause: unknown,
): RunnerError {
  const failed = `The image ${image} could not be pulled: ${reason}`;
  switch (kind) {
    case 'disk-full':
      return new RunnerError(
        'disk-full',
        `${failed}\nFree some space for the engine (benchyard clean --images).`,
        { cause },
      );
    case 'rate-limited':
      return new RunnerError(
        'image-unavailable',
        `${failed}\nThe registry limits how often it may be asked: log in (docker login), name a mirror (image_mirror), or try again in some hours.`,
        { cause, retryable: true },
      );
    case 'busy':
      return new RunnerError(
        'image-unavailable',
        `${failed}\nThe registry may be busy; try again later.`,
        { cause, retryable: true },
      );
    case 'unreachable':
      return new RunnerError(
        'image-unavailable',
        `${failed}\nThe registry cannot be reached from the engine: check network, proxy and certificates, or load the image (docker load).`,
        { cause, retryable: true },
      );
    case 'denied':
      return new RunnerError(
        'image-unavailable',
        `${failed}\nIt does not exist or is not public. Check the name, or pull it yourself (docker login, docker pull ${image}): a local image is used as it is.`,
        { cause },
      );
    case 'not-found':
      return new RunnerError('image-unavailable', `${failed}\nCheck the name and tag.`, { cause });
    case 'platform':
      return new RunnerError(
        'image-unavailable',
        `${failed}\nThe image was not made for this machine's processor.`,
        { cause },
      );
    case 'other':
      return new RunnerError('image-unavailable', failed, { cause });
  }
}
