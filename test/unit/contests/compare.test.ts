import { describe, expect, test } from 'vitest';
import { comparisons } from '../../../src/runner/benchmarks/contests/compare';
import type { Comparison } from '../../../src/runner/model';

const same = (how: Comparison, expected: string, actual: string): boolean =>
  comparisons[how](Buffer.from(expected), Buffer.from(actual));

describe('deepmind', () => {
  test.each([
    ['1 2\n3\n', '1\t2\r\n\v3', true],
    ['YES', 'yes\n', true],
    ['', ' \n', true],
    ['0.1', '0.100009', true],
    ['0.1', '0.1000101', false],
    ['1.0', '1', true],
    ['1e3', '1000', true],
    ['-0', '0', true],
    ['1 2', '12', false],
    ['1 2', '1', false],
    ['1', '1 2', false],
    ['', '1', false],
    ['abc', 'abd', false],
    ['1a', '1A', true],
    // Not a separator: it is part of its token.
    ['1\f2', '1 2', false],
    // No numbers.
    ['nan', 'NaN', true],
    ['inf', 'infinity', false],
    ['0x10', '16', false],
    ['é', 'É', false],
  ])('%j and %j: %s', (expected, actual, equal) => {
    expect(same('deepmind', expected, actual)).toBe(equal);
  });

  test('integers beyond 2^53 that differ are different', () => {
    expect(same('deepmind', '9007199254740993', '9007199254740992')).toBe(false);
    expect(same('deepmind', '9007199254740993', '+9007199254740993')).toBe(true);
  });

  test('bytes that are no text are compared as they are', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x20, 0xfe]);
    expect(comparisons.deepmind(bytes, Buffer.from([0xff, 0x00, 0x0a, 0xfe]))).toBe(true);
    expect(comparisons.deepmind(bytes, Buffer.from([0xff, 0x20, 0xfe]))).toBe(false);
  });

  test('a token of many MiB is walked once', () => {
    const long = '7'.repeat(8 * 1024 * 1024);
    expect(same('deepmind', long, `${long}\n`)).toBe(true);
    expect(same('deepmind', long, `${long.slice(1)}8`)).toBe(false);
  });
});

describe('exact', () => {
  test.each([
    ['1 2\n', '1 2', true],
    ['1 2', '1 2 \n\n', true],
    ['1  2', '1 2', false],
    ['1\n2', '1 2', false],
    [' 1', '1', false],
    ['YES', 'yes', false],
    ['1.0', '1', false],
  ])('%j and %j: %s', (expected, actual, equal) => {
    expect(same('exact', expected, actual)).toBe(equal);
  });
});

describe('alphacodium', () => {
  test.each([
    ['1 2', '12', true],
    ['1 2\n', ' 1 2', true],
    ['1\n2', '1 2', false],
    ['YES', 'yes', true],
    ['12', '123', false],
    ['51614.556434047350', '51614.55457970036', true],
    ['1', '1.00000001', true],
    ['0', '0.0001', false],
    // Numbers among others are texts.
    ['0.5 1', '0.50 1', false],
    ['0.5\n1', '0.50\n1', false],
  ])('%j and %j: %s', (expected, actual, equal) => {
    expect(same('alphacodium', expected, actual)).toBe(equal);
  });
});
