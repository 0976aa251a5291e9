import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCandidates } from '../../../src/runner/agents/candidates';
import { never, temporaryFolder } from '../../support/temp';

let folder: { path: string } & AsyncDisposable;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

async function read(
  lines: readonly unknown[],
  options: { readonly name?: string; readonly column?: string; readonly nameColumn?: string } = {},
): Promise<unknown> {
  const { name = 'candidates.jsonl', column, nameColumn } = options;
  const file = path.join(folder.path, name);
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  await writeFile(file, name.endsWith('.gz') ? gzipSync(text) : text);
  const candidates = await readCandidates(file, { column, nameColumn, signal: never });
  return Object.fromEntries(
    [...candidates].map(([task, programs]) => [
      task,
      programs.map(({ language, source }) => `${language} ${source}`),
    ]),
  );
}

describe('a file of candidates', () => {
  test('has lists by task, also compressed', async () => {
    const lines = [
      { task_name: 'a', solution_candidates: ['one', 'two'] },
      { task_name: 'b', solution_candidates: ['three'] },
    ];
    const expected = { a: ['PYTHON3 one', 'PYTHON3 two'], b: ['PYTHON3 three'] };
    expect(await read(lines)).toEqual(expected);
    expect(await read(lines, { name: 'candidates.jsonl.gz' })).toEqual(expected);
  });

  test('has samples one a line, which are gathered by task in their order', async () => {
    const lines = [
      { task_id: 'x/0', completion: 'one' },
      { task_id: 'x/1', completion: 'two' },
      { task_id: 'x/0', completion: 'three' },
    ];
    expect(await read(lines)).toEqual({
      'x/0': ['PYTHON3 one', 'PYTHON3 three'],
      'x/1': ['PYTHON3 two'],
    });
  });

  test('keeps empty candidates, and tasks that have none', async () => {
    const lines = [
      { task_name: 'a', solution_candidates: ['', null, 'x'] },
      { task_name: 'b', solution_candidates: [] },
      { task_name: 'c', solution_candidates: null },
    ];
    expect(await read(lines)).toEqual({ a: ['PYTHON3 ', 'PYTHON3 ', 'PYTHON3 x'], b: [], c: [] });
  });

  test('says languages for all or for each', async () => {
    const lines = [
      { task_name: 'a', solution_candidates: ['one', 'two'], language: 'cpp' },
      { task_name: 'b', solution_candidates: ['one', 'two'], languages: ['JAVA', 'PYTHON3'] },
    ];
    expect(await read(lines)).toEqual({
      a: ['CPP one', 'CPP two'],
      b: ['JAVA one', 'PYTHON3 two'],
    });
  });

  test('may have other columns, which are named', async () => {
    const lines = [{ problem: 'a', answers: ['one'], task_id: 'not this' }];
    expect(await read(lines, { column: 'answers', nameColumn: 'problem' })).toEqual({
      a: ['PYTHON3 one'],
    });
  });

  test.each([
    [[{ solution_candidates: ['x'] }], /:1: no name of a task/],
    [[{ task_name: 'a' }], /:1: no candidates under/],
    [[{ task_name: 'a', solution_candidates: [7] }], /:1: .* something else than texts/],
    [[{ task_name: 'a', solution_candidates: ['x'], language: 'COBOL' }], /"COBOL" is not known/],
    [['text'], /:1: expected one JSON object/],
    [[], /no candidates in it/],
  ])('is refused with its line: %j', async (lines, message) => {
    await expect(read(lines)).rejects.toThrow(message);
  });

  test('that does not exist is told', async () => {
    const missing = readCandidates(path.join(folder.path, 'none.jsonl'), { signal: never });
    await expect(missing).rejects.toMatchObject({ code: 'not-found' });
  });
});
