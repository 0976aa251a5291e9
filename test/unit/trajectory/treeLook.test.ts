import { describe, expect, test } from 'vitest';
import { LookFailure, parseLook } from '../../../src/runner/trajectory/treeLook';

const digest = 'ab'.repeat(32);
const answer = (...fields: readonly string[]): Buffer =>
  Buffer.from(fields.map((field) => `${field}\0`).join(''), 'latin1');
const head = ['/usr/bin/python3', '1700000000000000000', digest];

describe('what a sandbox says of its files', () => {
  test('a listing, contents, and what was left out', () => {
    const look = parseLook(
      Buffer.concat([
        answer(...head, 'listing', 'a b', '100644', '1.2', 'd/\xe9\n', '120000', '3.4', ''),
        answer('a b', '3'),
        Buffer.from('x\0y'),
        answer('', 'large', 'big', 'unreadable', 'd/x'),
      ]),
    );
    expect(look).toEqual({
      python: '/usr/bin/python3',
      looked: 1_700_000_000_000_000_000n,
      digest,
      entries: new Map([
        ['a b', { mode: '100644', stamp: '1.2' }],
        ['d/\xe9\n', { mode: '120000', stamp: '3.4' }],
      ]),
      contents: new Map([['a b', Buffer.from('x\0y')]]),
      leftOut: { large: ['big'], unreadable: ['d/x'], excess: [] },
    });
  });

  test('the listing that is known is not told again', () => {
    expect(parseLook(answer(...head, 'same', '')).entries).toBeNull();
  });

  test.each([
    '../x',
    '/etc/passwd',
    'a//b',
    'a/./b',
    '.git/config',
    'a/.GIT/hooks/x',
    'a/..',
    'a/',
  ])('no tree of git’s gets the name %s', (name) => {
    const look = parseLook(
      Buffer.concat([
        answer(...head, 'listing', name, '100644', '1.2', ''),
        answer(name, '1'),
        Buffer.from('x'),
        answer(''),
      ]),
    );
    expect(look.entries?.size).toBe(0);
    expect(look.contents.size).toBe(0);
  });

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['words', Buffer.from('Traceback (most recent call last)')],
    ['a Python without a path', answer('python3', ...head.slice(1), 'same', '')],
    ['a time that is none', answer(head[0] ?? '', 'now', digest, 'same', '')],
    ['another mode', answer(...head, 'listing', 'a', '160000', '1.2', '', '')],
    ['a listing without an end', answer(...head, 'listing', 'a', '100644', '1.2')],
    ['less content than announced', answer(...head, 'same', 'a', '1000', 'x')],
    ['a negative size', answer(...head, 'same', 'a', '-5', '')],
    ['a reason of its own', answer(...head, 'same', '', 'because', 'a')],
  ])('%s is no answer', (_title, bytes) => {
    expect(() => parseLook(bytes)).toThrow(LookFailure);
  });
});
