/** What a version 5 report says of a log that shows no tests. */
export interface InfraSign {
  readonly reason: string;
  /** `environment`: no patch can cause it. `ambiguous`: a patch may have caused it too. */
  readonly tier: 'environment' | 'ambiguous';
}

// The `m` flag would let `$` match at U+2028 too, which is no line end in the official grader.
const lineStart = '(?<![^\\n])';
const lineEnd = '(?![^\\n])';

type Sign = string | RegExp;

/** In this order: the first that is found names the reason. */
const infraSigns: readonly (InfraSign & { readonly signs: readonly Sign[] })[] = [
  {
    reason: 'browser_launch_failed',
    tier: 'environment',
    signs: ['Failed to launch', 'Failed to connect to the bus'],
  },
  {
    reason: 'display_unavailable',
    tier: 'environment',
    signs: ['cannot open display', 'unable to open X display', 'Missing X server'],
  },
  {
    reason: 'out_of_memory',
    tier: 'environment',
    signs: [
      'OutOfMemoryError',
      'Cannot allocate memory',
      new RegExp(`${lineStart}Killed${lineEnd}`), // what a shell says of a command that SIGKILL ended
    ],
  },
  {
    reason: 'container_unavailable',
    tier: 'environment',
    signs: ['Cannot connect to the Docker daemon', 'Error response from daemon'],
  },
  {
    reason: 'network_unreachable',
    tier: 'environment',
    signs: ['Temporary failure in name resolution', 'Could not resolve host'],
  },
  {
    reason: 'missing_module',
    tier: 'ambiguous',
    signs: ['ModuleNotFoundError', 'MODULE_NOT_FOUND', 'Cannot find module'],
  },
  {
    reason: 'no_tests_collected',
    tier: 'ambiguous',
    signs: ['collected 0 items', 'no tests ran'],
  },
  {
    reason: 'tests_timed_out',
    tier: 'ambiguous',
    signs: [/Timeout error: \d{1,18} seconds exceeded/],
  },
];

const isIn = (log: string, sign: Sign): boolean =>
  typeof sign === 'string' ? log.includes(sign) : sign.test(log);

export function infraSignOf(log: string): InfraSign | null {
  const found = infraSigns.find(({ signs }) => signs.some((sign) => isIn(log, sign)));
  return found === undefined ? null : { reason: found.reason, tier: found.tier };
}

/**
 * Summaries by which a runner shows that at least one test was run, though no test is named. A count of 0 shows nothing.
 * A count that comes first is looked back at from the words behind it: forward, a long row of digits would take
 * quadratic time. Repetitions have bounds, since the stack of an expression has one.
 */
const suiteSigns: readonly RegExp[] = [
  /Executed [1-9]\d{0,18} of \d/, // karma
  /TOTAL: [1-9]\d{0,18} (?:FAILED|SUCCESS)/, // karma
  / passing(?<=[1-9]\d{0,18} passing)/, // mocha
  /Tests:\s{1,99}[1-9]/, // jest
  /Test Suites:\s{1,99}(?:\d{1,18} \w{1,99}, ){0,99}[1-9]\d{0,18} total/, // jest
  new RegExp(`${lineStart}# tests [1-9]`), // TAP
  / specs?, \d{1,18} failure(?<=[1-9]\d{0,18} specs?, \d{1,18} failure)/, // jasmine
  new RegExp(`': ok${lineEnd}`), // openlayers, a line for each rendering
];

export function showsThatSuiteRan(log: string): boolean {
  return suiteSigns.some((sign) => sign.test(log));
}
