import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { CsvTable } from '../../presentation/submissionTable';

/** A file that is larger is read so far: nobody compares more by eye. */
const readBytes = 256 * 1024 ** 2;

export interface ReadTableOptions {
  readonly signal: AbortSignal;
  /** Whether a row is kept; all are counted. */
  readonly keep: (row: readonly string[], columns: readonly string[]) => boolean;
}

/** Reads a CSV file row by row and keeps what is asked for. What cannot be read on is told as the table's problem. */
export async function readTable(file: string, options: ReadTableOptions): Promise<CsvTable> {
  const { parse } = await import('csv-parse');
  const input = createReadStream(file, { end: readBytes - 1 });
  const parser = parse({ bom: true, relaxColumnCount: true, relaxQuotes: true });
  const rows: (readonly string[])[] = [];
  let columns: readonly string[] | null = null;
  let total = 0;
  let problem: string | null = null;
  const reading = pipeline(input, parser, { signal: options.signal });
  reading.catch(() => undefined); // waited for below, unless the parser tells the same error first
  try {
    for await (const row of parser as AsyncIterable<readonly string[]>) {
      // Without options about columns and types, a row is a list of texts.
      if (columns === null) {
        columns = row;
        continue;
      }
      total += 1;
      if (options.keep(row, columns)) rows.push(row);
    }
    await reading;
    if (input.bytesRead >= readBytes) problem = `only its first ${String(total)} rows were read`;
  } catch (error) {
    options.signal.throwIfAborted();
    problem = error instanceof Error ? error.message : String(error);
  }
  return { columns: columns ?? [], rows, total, problem };
}
