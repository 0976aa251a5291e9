import { describe, expect, it } from 'vitest';
import { applyHunks } from '../../../src/presentation/applyHunks';

const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`;
const base = lines('one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight');
const patch = `--- a/x
+++ b/x
@@ -1,3 +1,4 @@
 one
-two
+zwei
+zweieinhalb
 three
@@ -6,3 +7,2 @@
 six
-seven
 eight
`;
const patched = lines('one', 'zwei', 'zweieinhalb', 'three', 'four', 'five', 'six', 'eight');

describe('applyHunks', () => {
  it('applies all hunks', () => {
    expect(applyHunks(base, patch)).toBe(patched);
  });

  it('finds its lines when the text has grown above them', () => {
    expect(applyHunks(lines('new', 'newer') + base, patch)).toBe(lines('new', 'newer') + patched);
  });

  it('prefers the nearest of equal places', () => {
    const text = lines('x', 'a', 'x', 'b', 'x', 'c');
    expect(applyHunks(text, '@@ -3,1 +3,1 @@\n-x\n+y\n')).toBe(lines('x', 'a', 'y', 'b', 'x', 'c'));
  });

  it('refuses what does not fit, rather than half of it', () => {
    expect(applyHunks(base.replace('seven', 'sieben'), patch)).toBeNull();
  });

  it('makes a new file and empties a removed one', () => {
    expect(applyHunks('', '--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+one\n+two\n')).toBe(
      'one\ntwo\n',
    );
    expect(
      applyHunks('', '--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+one\n\\ No newline at end of file\n'),
    ).toBe('one');
    expect(applyHunks('one\ntwo\n', '--- a/x\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n')).toBe(
      '',
    );
  });

  it('inserts at the place that a hunk without old lines names', () => {
    expect(applyHunks('one\ntwo\n', '@@ -1,0 +2,1 @@\n+new\n')).toBe('one\nnew\ntwo\n');
  });

  it('keeps a text without hunks as it is (a rename)', () => {
    expect(applyHunks(base, 'rename from x\nrename to y\n')).toBe(base);
  });
});
