import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDuration,
  plural,
  secondsBetween,
  stripAnsi,
  toCrLf,
} from '../../../src/presentation/format';

describe('formatDuration', () => {
  it.each([
    [0, '0.0s'],
    [0.44, '0.4s'],
    [9.94, '9.9s'],
    [9.96, '10s'],
    [59.4, '59s'],
    [59.6, '1m 00s'],
    [252, '4m 12s'],
    [3599.7, '1h 00m'],
    [3900, '1h 05m'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [262_144, '262 kB'],
    [4_200_000, '4.2 MB'],
    [1_300_000_000_000, '1.3 TB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

it('counts in words', () => {
  expect(plural(1, 'task')).toBe('1 task');
  expect(plural(0, 'task')).toBe('0 tasks');
  expect(plural(12_345, 'entry', 'entries')).toBe('12,345 entries');
});

it('measures to an end, or to now while there is none', () => {
  const from = '2026-01-31T08:00:00.000Z';
  expect(secondsBetween(from, '2026-01-31T08:00:30.000Z', 0)).toBe(30);
  expect(secondsBetween(from, null, Date.parse(from) + 5000)).toBe(5);
  expect(secondsBetween(from, null, 0)).toBe(0);
});

it('takes colours, cursor movement and titles out of terminal output', () => {
  const text = '\u001b[31mred\u001b[0m \u001b]0;title\u0007\u001b[2Kplain\u001b[1;32m!\u001b[m';
  expect(stripAnsi(text)).toBe('red plain!');
});

it('ends lines as terminals need it, once', () => {
  expect(toCrLf('a\nb\r\nc')).toBe('a\r\nb\r\nc');
});
