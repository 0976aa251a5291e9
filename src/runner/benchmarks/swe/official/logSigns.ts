/** What a version 5 report says of a log that shows no tests. */
export interface InfraSign {
  readonly reason: string;
  /** `environment`: no patch can cause it. `ambiguous`: a patch may have caused it too. */
  readonly tier: 'environment' | 'ambiguous';
}

// `m` would let `$` match at U+2028 too, which is no line end in the official grader.
const lineStart = '(?<![^\\n])';
const lineEnd = '(?![^\\n])';

/** In this order: the first that is found names the reason. */
const infraSigns: readonly (InfraSign & { readonly signs: RegExp })[] = [
  {
    reason: 'browser_launch_failed',
    tier: 'environment',
    signs: /Failed to (?:launch|connect to the bus)/,
  },
  {
    reason: 'display_unavailable',
    tier: 'environment',
    signs: /cannot open display|unable to open X display|Missing X server/,
  },
  {
    reason: 'out_of_memory',
    tier: 'environment',
    signs: new RegExp(`OutOfMemoryError|Cannot allocate memory|${lineStart}Killed${lineEnd}`),
  },
  {
    reason: 'container_unavailable',
    tier: 'environment',
    signs: /Cannot connect to the Docker daemon|Error response from daemon/,
  },
  {
    reason: 'network_unreachable',
    tier: 'environment',
    signs: /Temporary failure in name resolution|Could not resolve host/,
  },
  {
    reason: 'missing_module',
    tier: 'ambiguous',
    signs: /ModuleNotFoundError|MODULE_NOT_FOUND|Cannot find module/,
  },
  { reason: 'no_tests_collected', tier: 'ambiguous', signs: /collected 0 items|no tests ran/ },
  { reason: 'tests_timed_out', tier: 'ambiguous', signs: /Timeout error: \d+ seconds exceeded/ },
];

export function infraSignOf(log: string): InfraSign | null {
  const found = infraSigns.find(({ signs }) => signs.test(log));
  return found === undefined ? null : { reason: found.reason, tier: found.tier };
}

/** Summaries by which a runner shows that at least one test was run, though no test is named. A count of 0 shows nothing. */
const suiteSigns: readonly RegExp[] = [
  /Executed [1-9]\d* of \d/, // karma
  /TOTAL: [1-9]\d* (?:FAILED|SUCCESS)/, // karma
  /[1-9]\d* passing/, // mocha
  /Tests:\s+[1-9]/, // jest
  /Test Suites:\s+(?:\d+ \w+, )*[1-9]\d* total/, // jest
  new RegExp(`${lineStart}# tests [1-9]`), // TAP
  /[1-9]\d* specs?, \d+ failures?/, // jasmine
  new RegExp(`': ok${lineEnd}`), // openlayers, a line for each rendering
];

export function showsThatSuiteRan(log: string): boolean {
  return suiteSigns.some((sign) => sign.test(log));
}
