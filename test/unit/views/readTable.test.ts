import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readTable } from '../../../src/views/competitions/readTable';
import { temporaryFolder } from '../../support/temp';

const { signal } = new AbortController();

async function read(
  text: string,
  keep: (row: readonly string[], columns: readonly string[]) => boolean = () => true,
): ReturnType<typeof readTable> {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'table.csv');
  await writeFile(file, text);
  return await readTable(file, { signal, keep });
}

it('reads header and rows, with a byte order mark, quotes and rows of other lengths', async () => {
  expect(await read('\ufeffid,"a,b"\r\n1,"x\ny"\r\n2\r\n')).toEqual({
    columns: ['id', 'a,b'],
    rows: [['1', 'x\ny'], ['2']],
    total: 2,
    problem: null,
  });
});

it('counts all rows and keeps those that are wanted', async () => {
  const lines = Array.from({ length: 50_000 }, (_, n) => `${String(n)},0`);
  const { rows, total } = await read(`id,p\n${lines.join('\n')}`, ([id]) => id === '49999');
  expect(total).toBe(50_000);
  expect(rows).toEqual([['49999', '0']]);
});

it('tells what keeps it from reading on, with what it had', async () => {
  const broken = await read('id,p\n1,2\n3,"4');
  expect(broken.columns).toEqual(['id', 'p']);
  expect(broken.problem).toMatch(/quote/i);
  const gone = await readTable('/nowhere/at/all.csv', { signal, keep: () => true });
  expect(gone.problem).toContain('ENOENT');
});

it('can be called off', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'table.csv');
  await writeFile(file, 'id\n1\n');
  const aborted = AbortSignal.abort(new Error('enough'));
  await expect(readTable(file, { signal: aborted, keep: () => true })).rejects.toThrow('enough');
});
