import { expect, test } from 'vitest';
import { logParserNames } from '../../../../src/runner/benchmarks/swe/official/logParsers';
import { parseLog } from '../../../../src/runner/benchmarks/swe/official/parseLog';
import { logOf } from './official';

const size = 2_000_000;
const long = (piece: string): string => piece.repeat(Math.ceil(size / piece.length));

/** Where reading took quadratic time, each of these would take hours and the test's time would be over. */
test.each([
  ['a long word', long('a')],
  ['blanks', `PASSED x${long(' ')}y`],
  ['digits', `[${long('1')}`],
  ['brackets', `PASSED ${long('[')}`],
  ['headings without an end', long('_ a.py:')],
  ['unfinished tests of django', long('a ... Internal Server Error: /')],
  ['tests of django that never end', long('a ... Testing against Django installed in \n')],
  ['ends of tests that never began', long(' silenced).\nok ')],
  ['a summary without an end', `Test Suites: ${long('1 a, ')}`],
  ['an exit code without a number', `>>>>> Test Exit Code:${long(' ')}`],
  ['NUL', long('\u0000PASSED x\n')],
  ['names', long('PASSED t.py::a[b c]\n')],
])('%s', (_, output) => {
  for (const parser of logParserNames) {
    const parsed = parseLog(logOf(output), { parser, grading: 'v5' });
    // However many lines there are, they name one test at most.
    if (parsed.found) expect(parsed.statuses.size).toBeLessThanOrEqual(1);
  }
});
