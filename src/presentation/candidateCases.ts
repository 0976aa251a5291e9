import type { ContestLanguage, TestCase, TestKind, TestVerdict } from '../runner/index';
import { formatBytes } from './format';
import { isTestVerdict, verdictLabel } from './verdictLabels';

/** A test of a candidate as the editor's list of tests names it: `public test 3`; `program` for one that has its tests in itself. */
export type CandidateTestName = string;

/** The tests of a kind as a run names them. */
export function testName(kind: TestKind, index: number): CandidateTestName {
  return `${kind.replace('_tests', '')} test ${String(index + 1)}`;
}

/** What became of one test of a candidate. */
export interface CandidateCase {
  readonly name: CandidateTestName;
  readonly verdict: TestVerdict;
  /** Of CPU time. */
  readonly durationMs: number;
  /** `9.4 MB`; empty: not measured. */
  readonly memory: string;
  /** `Wrong answer`, `Runtime error: exit code 1`. */
  readonly headline: string;
  /** The end of what it said on stderr; empty: nothing. */
  readonly details: string;
  readonly expected: string | null;
  readonly actual: string | null;
  /** The line (from 1) of the program that its own words point at. */
  readonly line: number | null;
}

/** What became of a candidate: its tests, and why none was run where that is so. */
export interface CandidateCases {
  readonly tests: readonly CandidateCase[];
  /** It could not be run at all: `Compile error`, with the compiler's words. */
  readonly refused: Omit<CandidateCase, 'verdict' | 'name'> | null;
}

export function candidateCases(
  tests: readonly TestCase[],
  language: ContestLanguage,
): CandidateCases {
  const shown: CandidateCase[] = [];
  let refused: CandidateCases['refused'] = null;
  for (const test of tests) {
    const verdict = verdictOf(test);
    if (verdict === null) refused = describe(test, test.status ?? test.id, language);
    else shown.push({ name: test.id, verdict, ...describe(test, verdict, language) });
  }
  return { tests: shown, refused };
}

/** null: what the case says is of the whole program. */
function verdictOf({ outcome, status }: TestCase): TestVerdict | null {
  if (outcome === 'passed') return 'passed';
  return status !== undefined && isTestVerdict(status) ? status : null;
}

function describe(
  { message = '', duration_s, expected, actual, peak_bytes: peak }: TestCase,
  status: string,
  language: ContestLanguage,
): Omit<CandidateCase, 'verdict' | 'name'> {
  const [how = '', ...said] = message.split('\n');
  const isHow = /^(exit code \d+|SIG\w+|it \w+.*)$/.test(how);
  const label = capital(verdictLabel(verdictWord(status)));
  return {
    durationMs: Math.round(duration_s * 1000),
    headline: isHow ? `${label}: ${how}` : label,
    memory: peak === undefined ? '' : formatBytes(peak),
    details: isHow ? said.join('\n').trim() : message.trim(),
    expected: expected ?? null,
    actual: actual ?? null,
    line: lineIn(message, language),
  };
}

function verdictWord(status: string): Parameters<typeof verdictLabel>[0] {
  switch (status) {
    case 'compile_error':
    case 'empty':
    case 'no_tests':
      return status;
    default:
      return isTestVerdict(status) ? status : 'not_run';
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Where a traceback ends in the program itself, or a compiler's first error is. */
function lineIn(message: string, language: ContestLanguage): number | null {
  if (language === 'PYTHON3' || language === 'PYTHON') {
    const frames = [...message.matchAll(/^ {2}File "([^"]*)", line (\d+)/gm)];
    // The program is the file of the outermost frame; the last frame may be in a library.
    const own = frames.findLast(([, file]) => file === frames[0]?.[1]);
    return own === undefined ? null : Number(own[2]);
  }
  const [, line] = /^[^\s:]+\.(?:cpp|java):(\d+):.*\berror\b/m.exec(message) ?? [];
  return line === undefined ? null : Number(line);
}
