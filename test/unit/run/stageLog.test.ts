import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StageLog } from '../../../src/runner/run/stageLog';
import { temporaryFolder } from '../../support/temp';

let folder: { path: string } & AsyncDisposable;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

test('a log that is opened again goes on, and has all in the order of the calls', async () => {
  const file = path.join(folder.path, 'deep/clone.txt');
  const lines = Array.from({ length: 300 }, (_, n) => `line ${String(n)}\n`);
  for (const part of [lines.slice(0, 100), lines.slice(100)]) {
    const log = new StageLog(file);
    await log.open();
    for (const line of part) log.write(line);
    await log.close();
  }
  expect(await readFile(file, 'utf8')).toBe(lines.join(''));
});

test('a log in which nothing was written is empty', async () => {
  const file = path.join(folder.path, 'empty.txt');
  const log = new StageLog(file);
  await log.open();
  await log.close();
  expect(await readFile(file, 'utf8')).toBe('');
});

test('what is beyond 16 MiB is counted and said', async () => {
  const file = path.join(folder.path, 'long.txt');
  const log = new StageLog(file);
  await log.open();
  const part = 'x'.repeat(6 * 1024 * 1024);
  for (let n = 0; n < 3; n += 1) log.write(part);
  await log.close();
  const text = await readFile(file, 'utf8');
  expect(text.slice(2 * part.length)).toBe(
    `\n[${String(part.length)} bytes more were printed and not kept]\n`,
  );
});

test('a log that could not be opened has nothing to close', async () => {
  const file = path.join(folder.path, 'taken');
  await mkdir(file);
  const log = new StageLog(file);
  await expect(log.open()).rejects.toThrow('EISDIR');
  log.write('nowhere');
  await log.close();
});
