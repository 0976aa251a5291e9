import { firstWords, headAndRest, lastAndRest, linesOf, strip } from './pythonText';
import type { LogParser, OfficialGrading } from './statuses';
import { statusWords } from './statuses';

function startsWithStatus(line: string): boolean {
  switch (line.charCodeAt(0)) {
    case 0x46: // F
    case 0x50: // P
    case 0x53: // S
    case 0x45: // E
    case 0x58: // X
      return statusWords.some((word) => line.startsWith(word));
    default:
      return false;
  }
}

/** `SKIPPED [2] tests/test_a.py:12: reason` counts skips of a place; no test is called `[2]`. Version 4 took it for one. */
function isSkipCount(status: string, name: string, grading: OfficialGrading): boolean {
  return grading === 'v5' && status === 'SKIPPED' && /^\[\p{Nd}+\]$/u.test(name);
}

interface Changes {
  readonly line?: (line: string) => string;
  readonly name?: (name: string) => string;
}

const unchanged = (text: string): string => text;

/** Lines of pytest's short summary: the status, the test, and what is not read. */
function summaryParser(changes: Changes = {}): LogParser {
  const changeLine = changes.line ?? unchanged;
  const changeName = changes.name ?? unchanged;
  return (log, grading) => {
    const statuses = new Map<string, string>();
    for (const original of linesOf(log)) {
      const line = changeLine(original);
      if (!startsWithStatus(line)) continue;
      const readable = line.startsWith('FAILED') ? line.replaceAll(' - ', ' ') : line;
      const [status, name] = firstWords(readable);
      if (name !== '' && !isSkipCount(status, name, grading)) {
        statuses.set(changeName(name), status);
      }
    }
    return statuses;
  };
}

export const parsePytest: LogParser = summaryParser();

/** matplotlib's parameters print differently in different Python versions; its test lists have the numbers. */
export const parseMatplotlib: LogParser = summaryParser({
  line: (line) =>
    line.includes('MouseButton.')
      ? line.replaceAll('MouseButton.LEFT', '1').replaceAll('MouseButton.RIGHT', '3')
      : line,
});

/** A parameter that is an absolute path differs from machine to machine: its last part stands for it. */
function shortenOption(name: string): string {
  const open = name.indexOf('[');
  const close = name.lastIndexOf(']');
  if (open < 0 || close < open) return name;
  const option = name.slice(open + 1, close);
  const isPath = option.startsWith('/') && !option.startsWith('//') && !option.includes('*');
  const short = isPath ? option.slice(option.lastIndexOf('/')) : option;
  return `${name.slice(0, open)}[${short}]`;
}

export const parsePytestOptions: LogParser = summaryParser({ name: shortenOption });

/** Colours, and every control character but NUL. */
function withoutControls(line: string): string {
  const plain = line.includes('[') ? line.replace(/\[\p{Nd}+m/gu, '') : line;
  return plain.replace(/[\u0001-\u001f]+/g, '');
}

/** Newer and older pytest: the status before the test (summary), or after it (verbose). */
export const parsePytestV2: LogParser = (log, grading) => {
  const statuses = new Map<string, string>();
  for (const original of linesOf(log)) {
    const line = withoutControls(original);
    if (startsWithStatus(line)) {
      const [status, name] = leadingStatus(line, grading);
      if (name !== '' && !isSkipCount(status, name.split(' ', 1)[0] ?? '', grading)) {
        statuses.set(name, status);
      }
    } else if (statusWords.some((word) => line.endsWith(word))) {
      const [status, name] = trailingStatus(line, grading);
      if (name !== '') statuses.set(name, status);
    }
  }
  return statuses;
};

/** Version 5 takes all words for the test's name, version 4 the first one only. */
function leadingStatus(line: string, grading: OfficialGrading): readonly [string, string] {
  if (grading === 'v4') {
    return firstWords(line.startsWith('FAILED') ? line.replaceAll(' - ', ' ') : line);
  }
  return headAndRest(line.startsWith('FAILED') ? (line.split(' - ', 1)[0] ?? '') : line);
}

function trailingStatus(line: string, grading: OfficialGrading): readonly [string, string] {
  if (grading === 'v5') return lastAndRest(line);
  const [name, status] = firstWords(line);
  return status === '' ? ['', ''] : [status, name];
}

/** seaborn's lists come from two versions of pytest; other statuses than these two are not read. */
export const parseSeaborn: LogParser = (log) => {
  const statuses = new Map<string, string>();
  for (const line of linesOf(log)) {
    if (!line.includes('PASSED') && !line.startsWith('FAILED')) continue;
    const [first, second] = firstWords(line);
    if (second === '') continue;
    if (line.startsWith('FAILED')) statuses.set(second, 'FAILED');
    else if (line.includes(' PASSED ')) {
      if (second === 'PASSED') statuses.set(first, 'PASSED');
    } else if (line.startsWith('PASSED')) statuses.set(second, 'PASSED');
  }
  return statuses;
};

const sympyEndings = [
  [' E', 'ERROR'],
  [' F', 'FAILED'],
  [' ok', 'PASSED'],
] as const;

/** sympy's own runner: `test_x ok`, and a heading `____ sympy/a.py:test_x ____` over each failure. */
export const parseSympy: LogParser = (log) => {
  const statuses = new Map<string, string>();
  for (const line of linesOf(log)) {
    const name = headingName(line);
    if (name !== null) statuses.set(name, 'FAILED');
  }
  for (const original of linesOf(log)) {
    const line = strip(original);
    if (!line.startsWith('test_')) continue;
    const status = sympyEndings.find(([ending]) => line.endsWith(ending))?.[1];
    if (status !== undefined) statuses.set(firstWords(line)[0], status);
  }
  return statuses;
};

/** What stands between the first blank and the last one, when `.py:` is in it: found by position, since it is linear. */
function headingName(line: string): string | null {
  const last = line.lastIndexOf(' ');
  const file = last < 4 ? -1 : line.lastIndexOf('.py:', last - 4);
  const first = file < 0 ? -1 : line.indexOf(' ');
  return first >= 0 && first < file ? line.slice(first + 1, last) : null;
}
