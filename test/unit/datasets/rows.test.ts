import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { readRows } from '../../../src/runner/datasets/rows/readRows';
import type { DataRow } from '../../../src/runner/datasets/rows/row';
import { never, temporaryFolder } from '../../support/temp';
import { parquetOf } from '../../support/parquet';

async function rowsOf(
  name: string,
  content: string | Uint8Array | ArrayBuffer,
  columns?: readonly string[],
): Promise<readonly DataRow[]> {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, name);
  await writeFile(file, typeof content === 'string' ? content : new Uint8Array(content));
  const rows: DataRow[] = [];
  const options = { signal: never, ...(columns === undefined ? {} : { columns }) };
  for await (const row of readRows(file, options)) rows.push(row);
  return rows;
}

const two = [
  { number: 1, value: { id: 'a' } },
  { number: 2, value: { id: 'b' } },
];

describe('text', () => {
  test('JSON lines', async () => {
    expect(await rowsOf('x.jsonl', '{"id":"a"}\r\n{"id":"b"}')).toEqual(two);
  });

  test('a list in a .json file, over one line or many', async () => {
    expect(await rowsOf('x.json', '[{"id":"a"},{"id":"b"}]')).toEqual(two);
    expect(await rowsOf('x.json', '\uFEFF[\n  {"id": "a"},\n  {"id": "b"}\n]\n')).toEqual(two);
  });

  test('JSON lines in a .json file', async () => {
    expect(await rowsOf('x.json', '\n{"id":"a"}\n')).toEqual([{ number: 2, value: { id: 'a' } }]);
  });

  test('compressed', async () => {
    expect(await rowsOf('x.jsonl.gz', gzipSync('{"id":"a"}\n{"id":"b"}\n'))).toEqual(two);
    expect(await rowsOf('x.json.gz', gzipSync('[{"id":"a"},{"id":"b"}]'))).toEqual(two);
  });

  test('a compressed file that is none, or ends early', async () => {
    await expect(rowsOf('x.jsonl.gz', 'plain')).rejects.toThrow(/header/);
    const whole = gzipSync(`{"id":"${'a1b2c3'.repeat(1000)}"}\n`.repeat(3));
    await expect(rowsOf('x.jsonl.gz', whole.subarray(0, whole.length - 9))).rejects.toThrow(/end/);
  });

  test('what is no object is told with its place', async () => {
    expect(await rowsOf('x.json', '[{"id":"a"}, 7]')).toEqual([
      two[0],
      { number: 2, problem: 'expected a list of JSON objects' },
    ]);
    expect(await rowsOf('x.json', '[{"id":')).toMatchObject([{ number: 1 }]);
  });
});

describe('Parquet', () => {
  test('row groups follow each other, and rows keep their numbers', async () => {
    const rows = Array.from({ length: 25 }, (_, n) => ({ id: `t${String(n)}`, n }));
    const read = await rowsOf('x.parquet', parquetOf(rows, { rowGroupSize: 10 }));
    expect(read).toEqual(rows.map((value, index) => ({ number: index + 1, value })));
  });

  test('lists, structures, missing values, large numbers, dates and bytes are as JSON has them', async () => {
    const content = parquetWriteBuffer({
      columnData: [
        { name: 'list', data: [['a', 'b'], []] },
        {
          name: 'object',
          data: [
            { sha: 'abc', n: 1 },
            { sha: 'def', n: 2 },
          ],
          type: 'JSON',
        },
        { name: 'none', data: [null, 'x'] },
        { name: 'small', data: [7n, 8n], type: 'INT64' },
        { name: 'large', data: [2n ** 60n, 1n], type: 'INT64' },
        { name: 'when', data: [new Date(0), new Date(1000)], type: 'TIMESTAMP' },
      ],
    });
    const [first, second] = await rowsOf('x.parquet', content);
    expect(first).toEqual({
      number: 1,
      value: {
        list: ['a', 'b'],
        object: { sha: 'abc', n: 1 },
        none: null,
        small: 7,
        large: '1152921504606846976',
        when: '1970-01-01T00:00:00.000Z',
      },
    });
    expect(second).toMatchObject({ value: { list: [], none: 'x' } });
  });

  test('only the columns that are asked for', async () => {
    const rows = [{ id: 'a', hints: 'many words' }];
    const read = await rowsOf('x.parquet', parquetOf(rows), ['id', 'other']);
    expect(read).toEqual([{ number: 1, value: { id: 'a' } }]);
  });

  test('a file that is none, and one that was cut', async () => {
    await expect(rowsOf('x.parquet', 'plain text')).rejects.toThrow(/not a Parquet file/);
    const whole = new Uint8Array(parquetOf([{ id: 'a' }]));
    await expect(rowsOf('x.parquet', whole.subarray(0, whole.length - 6))).rejects.toThrow(
      /not a Parquet file/,
    );
  });
});

test('a Parquet file whose inside is damaged is told with the row', async () => {
  const rows = Array.from({ length: 20 }, (_, n) => ({
    id: `task number ${String(n)}`.repeat(20),
  }));
  const bytes = new Uint8Array(parquetOf(rows, { rowGroupSize: 10 }));
  bytes.fill(0xff, 8, 200);
  await expect(rowsOf('x.parquet', bytes)).rejects.toMatchObject({
    row: 1,
    message: expect.stringMatching(/^the Parquet file is damaged \(/) as string,
  });
});

test('a folder is no file', async () => {
  await using folder = await temporaryFolder();
  const rows = readRows(folder.path, { signal: never });
  await expect(rows.next()).rejects.toThrow(/this is a folder/);
});
