import type { AsyncBuffer, ColumnMetaData, DecodedArray, SchemaTree } from 'hyparquet';
import type * as Column from 'hyparquet/src/column.js';
import type * as Convert from 'hyparquet/src/convert.js';
import type { Compressors, PageHeader, ParquetParsers } from 'hyparquet/src/types.js';

/** What the pages of one row group's leaf column are read with. */
export interface LeafSource {
  readonly buffer: AsyncBuffer;
  readonly column: ColumnMetaData;
  /** From the root to the leaf. */
  readonly schemaPath: SchemaTree[];
  readonly compressors: Compressors;
  readonly parsers: ParquetParsers;
  readonly decode: {
    readonly parquetHeader: typeof Column.parquetHeader;
    readonly readPage: typeof Column.readPage;
    readonly convert: typeof Convert.convert;
  };
}

/** Headers are small, but for statistics of long texts in them. */
const usualHeaderBytes = 4096;
const longestHeaderBytes = 1 << 24;

/**
 * One leaf column of one row group, page after page: what hyparquet's own reading does for a whole column at once, so that
 * a row group that is larger than the memory can be read. Rows that a page ends within are completed by the next page.
 */
export class LeafReader {
  readonly #source: LeafSource;
  readonly #end: number;
  readonly #isFlat: boolean;
  #at: number;
  #dictionary: DecodedArray | undefined;
  /** Rows that were decoded and not taken; of a nested column, the last one may go on in the next page. */
  #rows: unknown[] = [];

  constructor(source: LeafSource) {
    const { dictionary_page_offset, data_page_offset, total_compressed_size } = source.column;
    this.#source = source;
    const [, leaf, below] = source.schemaPath;
    this.#isFlat = below === undefined && leaf?.element.repetition_type !== 'REPEATED';
    this.#at = Number(dictionary_page_offset ?? data_page_offset);
    this.#end = this.#at + Number(total_compressed_size);
  }

  get path(): readonly string[] {
    return this.#source.column.path_in_schema;
  }

  /** The next `count` rows, as far as there are so many. */
  async take(count: number): Promise<unknown[]> {
    // The last row is whole when another has begun, or the column ends.
    const spare = this.#isFlat ? 0 : 1;
    while (this.#rows.length < count + spare && this.#at < this.#end) await this.#readPage();
    return this.#rows.splice(0, count);
  }

  async #readPage(): Promise<void> {
    const { decode, column, schemaPath, compressors, parsers } = this.#source;
    const { header, size } = await this.#readHeader();
    const from = this.#at + size;
    const to = from + header.compressed_page_size;
    if (header.compressed_page_size < 0 || to > this.#end)
      throw new Error('a page is longer than its column');
    const view = new DataView(await this.#source.buffer.slice(from, to));
    const element = schemaPath.at(-1)?.element;
    if (element === undefined) throw new Error('a column has no place in the schema');
    const decoder = {
      ...column,
      pathInSchema: column.path_in_schema,
      element,
      schemaPath,
      compressors,
      parsers,
    };
    const before = this.#isFlat ? undefined : this.#rows;
    const { data } = decode.readPage(
      { view, offset: 0 },
      header,
      decoder,
      this.#dictionary,
      before,
      0,
    );
    this.#at = to;
    if (data === undefined) return;
    if (header.type === 'DICTIONARY_PAGE') this.#dictionary = decode.convert(data, decoder);
    else if (data !== this.#rows) for (const row of data) this.#rows.push(row);
  }

  async #readHeader(): Promise<{ readonly header: PageHeader; readonly size: number }> {
    for (let length = usualHeaderBytes; ; length *= 16) {
      const end = Math.min(this.#at + length, this.#end);
      const view = new DataView(await this.#source.buffer.slice(this.#at, end));
      const reader = { view, offset: 0 };
      try {
        const header = this.#source.decode.parquetHeader(reader);
        return { header, size: reader.offset };
      } catch (error) {
        if (end === this.#end || length >= longestHeaderBytes) throw error;
      }
    }
  }
}
