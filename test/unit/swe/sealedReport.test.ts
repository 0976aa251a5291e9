import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeReportKey, openReport, sealOf } from '../../../src/runner/benchmarks/swe/sealedReport';

const key = 'a'.repeat(64);
const nextKey = createHash('sha256').update(`next${key}`).digest('hex');

/** A session's lines as the plugin writes them. */
function sealed(secret: string, records: readonly string[]): readonly string[] {
  let last = '';
  return records.map((record) => {
    last = sealOf(secret, last, record);
    return `${last} ${record}`;
  });
}
const file = (...lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const [a = '', b = '', c = ''] = sealed(key, ['{"a":1}', '{"b":"é"}', '{"c":3}']);

test('keys differ', () => {
  expect(makeReportKey()).toMatch(/^[0-9a-f]{64}$/);
  expect(makeReportKey()).not.toBe(makeReportKey());
});

test('what the plugin wrote is read, a torn last line is left out', () => {
  expect(openReport(file(a, b, c), key)).toEqual({
    text: '{"a":1}\n{"b":"é"}\n{"c":3}\n',
    forged: 0,
  });
  expect(openReport(`${file(a)}${b.slice(0, 70)}`, key)).toEqual({ text: '{"a":1}\n', forged: 0 });
  expect(openReport('', key)).toEqual({ text: '', forged: 0 });
});

test.each([
  ['without a seal', file(a, '{"b":2}')],
  ['changed', file(a, b.replace('é', 'e'))],
  ['removed before others', file(a, c)],
  ['written twice', file(a, a)],
  ['in another order', file(b, a)],
  ['of another key', file(a, ...sealed('b'.repeat(64), ['{"b":2}']))],
  ['empty', file(a, '', b)],
])('a line %s is found', (_title, text) => {
  expect(openReport(text, key).forged).toBeGreaterThan(0);
});

test('a second session has the next key, and the first is over then', () => {
  const [again = '', more = ''] = sealed(nextKey, ['{"d":4}', '{"e":5}']);
  expect(openReport(file(a, again, more), key)).toEqual({
    text: '{"a":1}\n{"d":4}\n{"e":5}\n',
    forged: 0,
  });
  expect(openReport(file(a, again, b), key).forged).toBe(1);
});
