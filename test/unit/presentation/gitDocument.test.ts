import { expect, it } from 'vitest';
import { parseGitDocument } from '../../../src/presentation/gitDocument';

it('reads the commit of a file that the git extension shows', () => {
  const ref = '0123456789abcdef0123456789abcdef01234567';
  expect(parseGitDocument(JSON.stringify({ path: '/repo/a.py', ref }))).toEqual({
    path: '/repo/a.py',
    commit: ref,
  });
});

it.each([
  '',
  'no JSON',
  '[]',
  '{"path":"/a","ref":"~"}',
  '{"path":"/a","ref":"0123456^"}',
  '{"path":1,"ref":"0123456"}',
])('names no commit: %s', (query) => {
  expect(parseGitDocument(query)).toBeNull();
});
