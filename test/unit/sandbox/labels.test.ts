import { describe, expect, test } from 'vitest';
import { formatOwner, isDead, ownerOf, parseOwner } from '../../../src/runner/sandbox/labels';
import { testHost } from '../../support/temp';

const host = testHost('/nowhere');

describe('the owner of a sandbox', () => {
  test('is read back from its label', () => {
    const owner = { ...ownerOf(host), hostname: 'odd/name %' };
    expect(parseOwner(formatOwner(owner))).toEqual(owner);
  });

  test.each([undefined, '', 'a', 'a/b/c', 'a/1', '%/1/2', 'a/1/2/3'])(
    'is nobody in %s',
    (label) => {
      expect(parseOwner(label)).toBeNull();
    },
  );

  test('lives while its process lives', () => {
    expect(isDead(ownerOf(host), host)).toBe(false);
  });

  test('is dead when its number belongs to a process that started at another time', () => {
    const owner = ownerOf(host);
    expect(isDead({ ...owner, started: `${owner.started}1` }, host)).toBe(true);
  });

  test('is not said to be dead on another machine', () => {
    expect(isDead({ hostname: 'elsewhere', pid: 4_000_000, started: '1' }, host)).toBe(false);
    expect(isDead({ hostname: host.hostname, pid: 4_194_305, started: '1' }, host)).toBe(true);
  });

  test('where start times are not told, a living process is not dead', () => {
    const elsewhere = { ...host, platform: 'darwin' };
    expect(isDead({ hostname: host.hostname, pid: host.pid, started: '' }, elsewhere)).toBe(false);
    expect(isDead({ hostname: host.hostname, pid: 4_194_305, started: '' }, elsewhere)).toBe(true);
  });
});
