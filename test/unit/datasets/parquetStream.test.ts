import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openParquet } from '../../../src/runner/datasets/rows/parquetFile';
import { streamRowGroup } from '../../../src/runner/datasets/rows/parquetStream';
import { fileBuffer } from '../../../src/runner/datasets/rows/fileBuffer';
import { plainValue } from '../../../src/runner/datasets/rows/plainValue';
import { RowCursor } from '../../../src/runner/datasets/rows/rowCursor';

/** Written by Arrow: compressed, with dictionaries, in pages that are much shorter than some of the rows. */
const arrowPages = path.join(import.meta.dirname, '../../fixtures/arrowPages.parquet');

async function streamed(): Promise<readonly unknown[]> {
  const { parquetMetadataAsync } = await import('hyparquet');
  const buffer = await fileBuffer(arrowPages);
  const metadata = await parquetMetadataAsync(buffer);
  const rows: unknown[] = [];
  for (const group of metadata.row_groups)
    for await (const batch of streamRowGroup(buffer, metadata, { group, batchBytes: 1000 }))
      rows.push(...batch.map(plainValue));
  return rows;
}

describe('a row group that is read page by page', () => {
  test('has the rows that it has when it is read at once', async () => {
    const file = await openParquet(arrowPages);
    const whole = await file.read({ start: 0, end: file.rows });
    expect(await streamed()).toEqual(whole);
    expect(whole).toHaveLength(12);
    expect(whole[3]).toMatchObject({
      name: 'problem 3',
      public_tests: { input: [], output: [] },
      structs: [{ input: '0', output: 'y' }, { input: '1' }, { input: '2', output: 'y' }],
    });
    expect(whole[7]).toMatchObject({ solutions: { solution: { length: 150 } } });
  });

  test('rows can be asked for in any order', async () => {
    const file = await openParquet(arrowPages);
    const whole = await file.read({ start: 0, end: file.rows });
    const cursor = new RowCursor(file, ['name', 'solutions.language']);
    const asked = [3, 3, 7, 11, 0, 12];
    const found = await Promise.all(asked.map((row) => cursor.read(row)));
    expect(found.map((row) => (row as { name?: string } | undefined)?.name)).toEqual([
      ...[3, 3, 7, 11, 0].map((row) => (whole[row] as { name: string }).name),
      undefined,
    ]);
    expect(found[0]).not.toHaveProperty('public_tests');
    expect(found[0]).not.toHaveProperty('solutions.solution');
  });
});
