import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { RunnerError } from '../../../src/runner/model';
import {
  diskError,
  JsonLinesWriter,
  openToRead,
  parseJsonLines,
  readIfThere,
  readJson,
  withFileHandle,
  writeJson,
  writeWhole,
} from '../../../src/runner/store/files';
import { temporaryFolder } from '../../support/temp';

let folder: { path: string } & AsyncDisposable;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());
const schema = z.object({ n: z.int() });

describe('JsonLinesWriter', () => {
  test('lines stand in the order of the calls, whoever waits for which', async () => {
    const file = path.join(folder.path, 'deep/down/order.jsonl');
    const writer = new JsonLinesWriter(file);
    await Promise.all(Array.from({ length: 200 }, (_, n) => writer.append({ n })));
    await writer.close();
    const values = parseJsonLines(await readFile(file, 'utf8'), schema);
    expect(values.map(({ n }) => n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  test('goes on after a torn line, on a line of its own', async () => {
    const file = path.join(folder.path, 'torn.jsonl');
    await writeFile(file, '{"n":1}\n{"n":2');
    const writer = new JsonLinesWriter(file);
    await writer.append({ n: 3 }, { sync: true });
    await writer.close();
    expect(await readFile(file, 'utf8')).toBe('{"n":1}\n{"n":2\n{"n":3}\n');
    expect(parseJsonLines(await readFile(file, 'utf8'), schema)).toEqual([{ n: 1 }, { n: 3 }]);
  });

  test('a failed write is told to its caller and keeps nobody else from writing', async () => {
    const file = path.join(folder.path, 'blocked');
    await mkdir(file);
    const writer = new JsonLinesWriter(file);
    await expect(writer.append({ n: 1 })).rejects.toThrow('EISDIR');
    await expect(writer.append({ n: 2 })).rejects.toThrow('EISDIR');
    await writer.close();
  });

  test('may be closed without ever being used, and twice', async () => {
    const file = path.join(folder.path, 'unused.jsonl');
    const writer = new JsonLinesWriter(file);
    await writer.close();
    await writer.close();
    expect(await readIfThere(file)).toBeNull();
  });
});

test('lines of another shape are left out', () => {
  expect(parseJsonLines('{"n":1}\n\n{"n":"x"}\nnull\n{"n":2}', schema)).toEqual([
    { n: 1 },
    { n: 2 },
  ]);
});

test('a file is written whole, replaces the old one and leaves nothing beside it', async () => {
  const own = path.join(folder.path, 'whole');
  const file = path.join(own, 'a.json');
  await writeJson(file, { n: 1 });
  await Promise.all(
    Array.from({ length: 20 }, (_, n) => writeJson(file, { n, long: 'x'.repeat(10_000) })),
  );
  expect((await readJson(file, schema)).n).toBeGreaterThanOrEqual(0);
  expect(await readdir(own)).toEqual(['a.json']);
  await writeWhole(file, new Uint8Array([1, 2]));
  expect((await stat(file)).size).toBe(2);
});

test('a file that is missing or has another shape is told by its code', async () => {
  const missing = await readJson(path.join(folder.path, 'missing'), schema).catch(
    (error: unknown) => error,
  );
  expect(RunnerError.is(missing, 'not-found')).toBe(true);
  const file = path.join(folder.path, 'other.json');
  await appendFile(file, '{"n": ');
  const other = await readJson(file, schema).catch((error: unknown) => error);
  expect(RunnerError.is(other, 'invalid-config')).toBe(true);
});

test('a file to read is open or refused before anybody listens', async () => {
  const file = path.join(folder.path, 'read');
  await writeWhole(file, 'content');
  expect(await text(await openToRead(file))).toBe('content');
  (await openToRead(file)).destroy();
  await expect(openToRead(path.join(folder.path, 'missing'))).rejects.toThrow('ENOENT');
});

test('too many open files have a code of their own', () => {
  const error = Object.assign(new Error('x'), { code: 'EMFILE' });
  expect(RunnerError.is(diskError(error, 'f'), 'too-many-files')).toBe(true);
});

test('who is out of file handles waits for one', async () => {
  let tries = 0;
  const got = await withFileHandle(() => {
    tries += 1;
    if (tries < 4) throw Object.assign(new Error('x'), { code: tries === 1 ? 'ENFILE' : 'EMFILE' });
    return Promise.resolve(tries);
  });
  expect(got).toBe(4);
  const other = withFileHandle(() => Promise.reject(new Error('other')));
  await expect(other).rejects.toThrow('other');
});

test('only a full disk is a full disk', () => {
  const full = Object.assign(new Error('x'), { code: 'ENOSPC' });
  expect(RunnerError.is(diskError(full, 'f'), 'disk-full')).toBe(true);
  const other = Object.assign(new Error('x'), { code: 'EACCES' });
  expect(diskError(other, 'f')).toBe(other);
});
