import type { FileHandle } from 'node:fs/promises';
import { open, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { ContestLabels } from '../../model';
import { protoLabels } from '../../model';
import type { ParquetFile } from './parquetFile';
import { openParquet } from './parquetFile';
import { isProblemFile, readProblem } from './problemFile';
import { DataFileError } from './row';
import { RowCursor } from './rowCursor';

/** A row by its number, and what the numbers of class labels mean in its file. */
export interface FoundRow {
  readonly value: unknown;
  readonly labels: ContestLabels;
}

/** What a file's rows are found with. Nothing in it is open. */
type Opened =
  | {
      readonly kind: 'parquet';
      readonly file: ParquetFile;
      /** By the columns that they read. */
      readonly cursors: Map<string, RowCursor>;
    }
  | { readonly kind: 'list'; readonly rows: readonly unknown[] }
  /** `bytes`: the content of a compressed file. null: lines are read from the file. */
  | { readonly kind: 'lines'; readonly starts: readonly number[]; readonly bytes: Buffer | null };

interface Entry {
  readonly stamp: string;
  readonly opened: Promise<Opened>;
  timer: NodeJS.Timeout;
}

/** So many files are remembered, for so long after they were last asked: a run asks for row after row of one file. */
const rememberedFiles = 4;
const rememberedMs = 60_000;
const chunkBytes = 1 << 20;

const remembered = new Map<string, Entry>();

/**
 * One row of a data file (from 1; of lines: the line). What finds it is remembered for a while, so that row after row of
 * a file costs no more than reading them: a compressed file is decompressed once.
 *
 * @throws DataFileError when the file is damaged or has no such row
 */
export async function readRowAt(
  file: string,
  row: number,
  { signal, columns }: { readonly signal: AbortSignal; readonly columns?: readonly string[] },
): Promise<FoundRow> {
  signal.throwIfAborted();
  const opened = await remember(file);
  signal.throwIfAborted();
  switch (opened.kind) {
    case 'parquet': {
      const value = await parquetRow(opened, row, columns);
      return { value: given(value, row), labels: opened.file.labels ?? protoLabels };
    }
    case 'list':
      return { value: given(opened.rows[row - 1], row), labels: protoLabels };
    case 'lines':
      return { value: parseLine(await lineAt(file, opened, row), row), labels: protoLabels };
  }
}

async function parquetRow(
  { file, cursors }: Extract<Opened, { kind: 'parquet' }>,
  row: number,
  columns: readonly string[] | undefined,
): Promise<unknown> {
  if (row < 1 || row > file.rows) return undefined;
  if (file.isQuick(columns)) {
    const [value] = await file.read({ start: row - 1, end: row, columns });
    return value;
  }
  const key = columns?.join(' ') ?? '*';
  const cursor = cursors.get(key) ?? new RowCursor(file, columns);
  cursors.set(key, cursor);
  return await cursor.read(row - 1);
}

function given(value: unknown, row: number): unknown {
  if (value === undefined) throw new DataFileError(row, 'the file has no such row');
  return value;
}

function parseLine(text: string, row: number): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new DataFileError(row, `not valid JSON: ${message}`);
  }
}

async function remember(file: string): Promise<Opened> {
  const { mtimeMs, size } = await stat(file);
  const stamp = `${String(mtimeMs)} ${String(size)}`;
  const known = remembered.get(file);
  if (known?.stamp === stamp) {
    known.timer.refresh();
    return await known.opened;
  }
  forget(file);
  const [oldest] = remembered.keys();
  if (remembered.size >= rememberedFiles && oldest !== undefined) forget(oldest);
  const opened = openRows(file);
  const timer = setTimeout(() => {
    forget(file);
  }, rememberedMs);
  // It must not keep a process alive that is done.
  timer.unref();
  remembered.set(file, { stamp, opened, timer });
  try {
    return await opened;
  } catch (error) {
    forget(file);
    throw error;
  }
}

function forget(file: string): void {
  clearTimeout(remembered.get(file)?.timer);
  remembered.delete(file);
}

async function openRows(file: string): Promise<Opened> {
  if (file.endsWith('.parquet'))
    return { kind: 'parquet', file: await openParquet(file), cursors: new Map() };
  if (await isProblemFile(file)) return { kind: 'list', rows: [await readProblem(file)] };
  const bytes = file.endsWith('.gz') ? await promisify(gunzip)(await readFile(file)) : null;
  if (/\.json(\.gz)?$/.test(file)) {
    const text = (bytes ?? (await readFile(file))).toString('utf8').replace(/^\uFEFF/, '');
    if (text.trimStart().startsWith('[')) return { kind: 'list', rows: parseList(text) };
  }
  if (bytes !== null) return { kind: 'lines', starts: startsIn(bytes), bytes };
  await using handle = await open(file);
  return { kind: 'lines', starts: await startsOf(handle), bytes: null };
}

function parseList(text: string): readonly unknown[] {
  const list = parseLine(text, 0);
  return Array.isArray(list) ? list : [];
}

/** Where lines begin; the last entry is the end. */
function startsIn(bytes: Buffer): readonly number[] {
  const starts = [0];
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  starts.push(bytes.length);
  return starts;
}

async function startsOf(handle: FileHandle): Promise<readonly number[]> {
  const starts = [0];
  const chunk = Buffer.alloc(chunkBytes);
  let offset = 0;
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset);
    if (bytesRead === 0) break;
    const part = chunk.subarray(0, bytesRead);
    for (let at = part.indexOf(10); at !== -1; at = part.indexOf(10, at + 1))
      starts.push(offset + at + 1);
    offset += bytesRead;
  }
  starts.push(offset);
  return starts;
}

async function lineAt(
  file: string,
  { starts, bytes }: Extract<Opened, { kind: 'lines' }>,
  row: number,
): Promise<string> {
  const from = starts[row - 1];
  const to = starts[row];
  if (from === undefined || to === undefined || to <= from)
    throw new DataFileError(row, 'the file has no such row');
  if (bytes !== null) return bytes.toString('utf8', from, to);
  await using handle = await open(file);
  const line = Buffer.alloc(to - from);
  const { bytesRead } = await handle.read(line, 0, line.length, from);
  return line.toString('utf8', 0, bytesRead);
}
