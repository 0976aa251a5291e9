import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KeptEvaluation } from '../../../src/runner/evaluation';
import { EvaluationLogs } from '../../../src/runner/store/evaluationLogs';
import { temporaryFolder } from '../../support/temp';

const kept = (key: string | null): KeptEvaluation => ({
  schema_version: 1,
  key,
  status: 'passed',
  cause: null,
  detail: null,
  evidence: 'log',
});
const key = 'ab'.repeat(32);
const other = 'cd'.repeat(32);

describe('kept evaluations', () => {
  let folder: { path: string } & AsyncDisposable;
  let logs: EvaluationLogs;
  beforeEach(async () => {
    folder = await temporaryFolder();
    logs = new EvaluationLogs(folder.path);
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  const first = (): string => logs.folderOf('run', 'a/model', 'o__p-1');
  const second = (): string => logs.folderOf('later', 'a/model', 'o__p-1');

  test('lie where the official tools look for them', () => {
    expect(path.relative(folder.path, first())).toBe('run/a__model/o__p-1');
    expect(logs.folderOf('run', '../x', 'o__p-1')).toBe(
      path.join(folder.path, 'run', '..__x', 'o__p-1'),
    );
    for (const name of ['', '.', '..', 'a\\b', 'a\u0000'])
      expect(() => logs.folderOf(name, 'm', 't')).toThrow(/folder/);
  });

  test('are found in their own folder, and copied from that of another run', async () => {
    await logs.keep(first(), { 'report.json': '{}', 'test_output.txt': 'log' }, kept(key));
    expect(await logs.find(key, first())).toEqual(kept(key));
    expect(await logs.find(key, second())).toEqual(kept(key));
    expect((await readdir(second())).sort()).toEqual([
      'evaluation.json',
      'report.json',
      'test_output.txt',
    ]);
    // What was copied needs the first run no more.
    await rm(path.join(folder.path, 'run'), { recursive: true });
    expect(await logs.find(key, second())).toEqual(kept(key));
  });

  test('of another key are not found, nor what another patch replaced', async () => {
    await logs.keep(first(), { 'report.json': '1', 'eval.sh': '1' }, kept(key));
    expect(await logs.find(other, first())).toBeNull();
    await logs.keep(first(), { 'report.json': '2' }, kept(other));
    expect(await logs.find(key, first())).toBeNull();
    expect(await logs.find(key, second())).toBeNull();
    // Nothing of the replaced one is left.
    expect((await readdir(first())).sort()).toEqual(['evaluation.json', 'report.json']);
  });

  test('that may end otherwise next time are kept, and not found', async () => {
    await logs.keep(first(), { 'test_output.txt': 'log' }, kept(null));
    expect(await logs.read(first(), 'test_output.txt')).toBe('log');
    expect(await logs.find(key, first())).toBeNull();
  });

  test('a torn or strange record is none', async () => {
    await logs.keep(first(), { 'report.json': '{}' }, kept(key));
    const file = path.join(first(), 'evaluation.json');
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 20));
    expect(await logs.find(key, first())).toBeNull();
    await writeFile(file, '[]');
    expect(await logs.find(key, second())).toBeNull();
  });

  test('go when nothing was handed in', async () => {
    await logs.keep(first(), { 'report.json': '{}' }, kept(key));
    await logs.forget(first());
    expect(await readdir(first())).toEqual([]);
    await logs.forget(second());
  });
});
