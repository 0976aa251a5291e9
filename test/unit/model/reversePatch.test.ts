import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { reversePatch } from '../../../src/runner/model';
import { temporaryFolder } from '../../support/temp';

/** A repository with one commit, and a way to look at all of its files. */
async function repository(): Promise<
  AsyncDisposable & {
    git: (...args: string[]) => string;
    write: (name: string, text: string) => void;
    files: () => unknown;
    path: string;
  }
> {
  const folder = await temporaryFolder();
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: folder.path,
      encoding: 'utf8',
    });
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder.path, name)), { recursive: true });
    writeFileSync(path.join(folder.path, name), text);
  };
  const files = (): unknown =>
    readdirSync(folder.path, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.startsWith('.git') && statSync(path.join(folder.path, name)).isFile())
      .sort()
      .map((name) => [
        name,
        readFileSync(path.join(folder.path, name), 'utf8'),
        statSync(path.join(folder.path, name)).mode & 0o111,
      ]);
  git('init', '-q');
  write('a.py', Array.from({ length: 40 }, (_, n) => `line ${String(n)}\n`).join(''));
  write('src/gone.py', 'one\ntwo\n');
  write('moved.py', 'this\nis\nmoved\nand\nchanged\n');
  write('last.txt', 'no newline at the end');
  git('add', '-A');
  git('commit', '-qm', 'base');
  return {
    git,
    write,
    files,
    path: folder.path,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe('reversePatch', () => {
  test('takes back what git made: changes, new and deleted files, renames, modes, last lines', async () => {
    await using repo = await repository();
    const before = repo.files();
    repo.write(
      'a.py',
      readFileSync(path.join(repo.path, 'a.py'), 'utf8')
        .replace('line 3\n', 'three\nthree and a half\n')
        .replace('line 30\n', ''),
    );
    repo.write('new file.py', '--- not a header\n+++ nor this\n');
    repo.write('last.txt', 'a newline at the end\n');
    repo.git('mv', 'moved.py', 'src/moved.py');
    repo.write('src/moved.py', 'this\nis\nmoved\nand\nchanged again\n');
    repo.git('rm', '-q', 'src/gone.py');
    chmodSync(path.join(repo.path, 'a.py'), 0o755);
    repo.git('add', '-A');
    const patch = repo.git('diff', '--cached', '-M');
    const reversed = reversePatch(patch);
    repo.write('.git/reversed.patch', reversed ?? '');
    repo.git('apply', '--index', '.git/reversed.patch');
    expect(repo.files()).toEqual(before);
    expect(repo.git('diff', '--cached')).toBe('');
  });

  test('is what git itself writes for the way back', async () => {
    await using repo = await repository();
    repo.write(
      'a.py',
      readFileSync(path.join(repo.path, 'a.py'), 'utf8').replace('line 3\nline 4\n', 'x\ny\nz\n'),
    );
    repo.write('last.txt', 'another end');
    const forth = repo.git('diff');
    const back = repo
      .git('diff', '-R')
      .replaceAll(/ b\/(\S+) a\/(\S+)/g, ' a/$1 b/$2')
      .replaceAll('--- b/', '--- a/')
      .replaceAll('+++ a/', '+++ b/');
    expect(parts(reversePatch(forth))).toEqual(parts(back));
  });

  test('twice is the same again', () => {
    const patch =
      'diff --git a/x b/x\nindex 1234567..89abcde 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@ def f():\n a\n-b\n+c\n+d\n';
    expect(reversePatch(reversePatch(patch) ?? '')).toBe(patch);
  });

  test.each([
    ['nothing', ''],
    ['no patch', 'some text\n'],
    ['a binary file', 'diff --git a/x b/x\nGIT binary patch\nliteral 1\nabc\n'],
  ])('%s cannot be reversed', (_, patch) => {
    expect(reversePatch(patch)).toBeNull();
  });
});

function parts(patch: string | null): readonly string[] {
  return (patch ?? '').split(/^(?=diff --git )/m).sort();
}
