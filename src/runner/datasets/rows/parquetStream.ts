import type { AsyncBuffer, DecodedArray, FileMetaData, RowGroup, SchemaTree } from 'hyparquet';
import { LeafReader } from './parquetLeaf';

/** Decoded texts of about so many bytes are held at a time, besides a page of each column. */
const usualBatchBytes = 8 << 20;

/**
 * The rows of one row group in batches of a bounded size: row groups of CodeContests hold hundreds of megabytes. The rows
 * are those of hyparquet, decoded with its own parts.
 */
export async function* streamRowGroup(
  buffer: AsyncBuffer,
  metadata: FileMetaData,
  {
    group,
    batchBytes = usualBatchBytes,
  }: { readonly group: RowGroup; readonly batchBytes?: number },
): AsyncGenerator<Record<string, unknown>[]> {
  const { parquetSchema } = await import('hyparquet');
  const { assembleNested } = await import('hyparquet/src/assemble.js');
  const { DEFAULT_PARSERS } = await import('hyparquet/src/convert.js');
  const tree = parquetSchema(metadata);
  const leaves = await openLeaves(buffer, tree, group);
  const total = Number(group.num_rows);
  const rowBytes = selectedBytes(group) / Math.max(1, total);
  const batch = Math.max(1, Math.floor(batchBytes / Math.max(1, rowBytes)));
  for (let done = 0; done < total; done += batch) {
    const count = Math.min(batch, total - done);
    const taken = new Map<string, DecodedArray>();
    for (const leaf of leaves) {
      const rows = await leaf.take(count);
      if (rows.length < count) throw new Error(`the column ${leaf.path.join('.')} ends early`);
      taken.set(leaf.path.join('.'), rows);
    }
    for (const column of tree.children)
      if (column.children.length > 0) assembleNested(taken, column, DEFAULT_PARSERS);
    const names = tree.children.map(({ element }) => element.name);
    yield Array.from({ length: count }, (_, n) =>
      Object.fromEntries(names.map((name) => [name, taken.get(name)?.[n] as unknown])),
    ); // decoded values are of any kind
  }
}

async function openLeaves(
  buffer: AsyncBuffer,
  tree: SchemaTree,
  group: RowGroup,
): Promise<readonly LeafReader[]> {
  const { compressors } = await import('hyparquet-compressors');
  const { parquetHeader, readPage } = await import('hyparquet/src/column.js');
  const { convert, DEFAULT_PARSERS: parsers } = await import('hyparquet/src/convert.js');
  const { getTreePath } = await import('hyparquet/src/schema.js');
  const decode = { parquetHeader, readPage, convert };
  return group.columns.map(({ meta_data: column }) => {
    if (column === undefined) throw new Error('a column has no metadata');
    const schemaPath = getTreePath(tree, column.path_in_schema);
    return new LeafReader({ buffer, column, schemaPath, compressors, parsers, decode });
  });
}

/** Bytes of a row group's columns, decompressed. */
export function selectedBytes(group: RowGroup): number {
  let bytes = 0;
  for (const { meta_data: column } of group.columns)
    bytes += Number(column?.total_uncompressed_size ?? 0);
  return bytes;
}
