import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readRowAt } from '../../../src/runner/datasets/rows/rowAt';
import { parquetOf } from '../../support/parquet';
import { never, temporaryFolder } from '../../support/temp';

const rows = Array.from({ length: 30 }, (_, n) => ({ id: `é ${String(n)}`, text: 'x'.repeat(n) }));
const lines = `\uFEFF${rows.map((row) => JSON.stringify(row)).join('\r\n')}\n`;

describe('a row by its number', () => {
  test.each([
    ['x.jsonl', Buffer.from(lines)],
    ['x.jsonl.gz', gzipSync(lines)],
    ['x.json', Buffer.from(JSON.stringify(rows, null, 1))],
    ['x.json.gz', gzipSync(JSON.stringify(rows))],
    ['x.parquet', Buffer.from(parquetOf(rows, { rowGroupSize: 7 }))],
  ])('%s', async (name, content) => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, name);
    await writeFile(file, content);
    const order = [...rows.keys()].reverse();
    const found = await Promise.all(
      order.map(async (n) => (await readRowAt(file, n + 1, { signal: never })).value),
    );
    expect(found).toEqual(order.map((n) => rows[n]));
    for (const none of [0, 31, 1000])
      await expect(readRowAt(file, none, { signal: never })).rejects.toThrow('no such row');
  });

  test('a file that has changed is read anew', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'x.jsonl');
    await writeFile(file, '{"n":1}\n');
    await expect(readRowAt(file, 2, { signal: never })).rejects.toThrow('no such row');
    await appendFile(file, '{"n":2}\noops');
    expect(await readRowAt(file, 2, { signal: never })).toMatchObject({ value: { n: 2 } });
    await expect(readRowAt(file, 3, { signal: never })).rejects.toMatchObject({
      row: 3,
      message: expect.stringMatching(/not valid JSON/) as string,
    });
  });

  test('of Parquet only the columns that are asked for', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'x.parquet');
    await writeFile(file, Buffer.from(parquetOf(rows)));
    const columns = ['id', 'not there'];
    const { value } = await readRowAt(file, 4, { signal: never, columns });
    expect(value).toEqual({ id: 'é 3' });
  });
});
