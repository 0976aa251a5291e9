import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeNewFiles } from '../../../src/runner/store/newFiles';
import { temporaryFolder } from '../../support/temp';

let folder: { path: string } & AsyncDisposable;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

test('files are written whole, their folder is made, and nothing is left beside them', async () => {
  const own = path.join(folder.path, 'deep/down');
  const first = path.join(own, 'first.txt');
  const second = path.join(own, 'second.bin');
  await writeNewFiles([
    { file: first, content: 'words\n' },
    { file: second, content: new Uint8Array([1, 2]) },
  ]);
  expect(await readFile(first, 'utf8')).toBe('words\n');
  expect([...(await readFile(second))]).toEqual([1, 2]);
  expect(await readdir(own)).toEqual(['first.txt', 'second.bin']);
});

test('what comes after a file that cannot be written is not there, and no draft is', async () => {
  const own = path.join(folder.path, 'blocked');
  const taken = path.join(own, 'taken');
  await mkdir(path.join(taken, 'inner'), { recursive: true });
  const written = writeNewFiles([
    { file: path.join(own, 'before'), content: 'a' },
    { file: taken, content: 'b' },
    { file: path.join(own, 'after'), content: 'c' },
  ]);
  await expect(written).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
  expect(await readdir(own)).toEqual(['before', 'taken']);
});
