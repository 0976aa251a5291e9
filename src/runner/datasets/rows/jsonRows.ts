import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import type { DataRow } from './row';
import { DataFileError } from './row';

const MiB = 1024 * 1024;
export interface JsonLimits {
  readonly line: number;
  readonly file: number;
}

/** Of what is read to be kept in memory. A longer line is no task: the largest row of SWE-bench has 3 MB. */
const usualLimits: JsonLimits = { line: 32 * MiB, file: 512 * MiB };
/** Of what is read row by row: as long as a text can be. */
export const rowLimits: JsonLimits = { line: 256 * MiB, file: Number.POSITIVE_INFINITY };

interface Line {
  readonly number: number;
  /** null: longer than the limit. */
  readonly text: string | null;
}

/** The rows of a JSON lines file (`.gz`: compressed). One that is named `.json` may also hold a list. */
export async function* readJsonRows(
  file: string,
  { signal, limits = usualLimits }: { readonly signal: AbortSignal; readonly limits?: JsonLimits },
): AsyncGenerator<DataRow> {
  const lines: Line[] = [];
  let isList = /\.json(\.gz)?$/.test(file) ? null : false;
  for await (const line of readLines(file, { signal, limits })) {
    isList ??= startsList(line);
    if (isList === true) lines.push(line);
    else if (line.text?.trim() !== '') yield parseLine(line, limits);
  }
  if (isList === true) yield* parseList(lines);
}

/** Whether the file is one list: null while nothing but blank lines came. */
function startsList({ text }: Line): boolean | null {
  const start = text?.replace(/^\uFEFF/, '').trim() ?? '{';
  return start === '' ? null : start.startsWith('[');
}

async function* readLines(
  file: string,
  { signal, limits }: { readonly signal: AbortSignal; readonly limits: JsonLimits },
): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let overlong = false;
  let number = 0;
  let total = 0;
  for await (const chunk of contentOf(file, signal)) {
    const text = decoder.write(chunk as Buffer); // a stream without an encoding yields Buffers
    total += text.length;
    if (total > limits.file) {
      throw new DataFileError(
        number + 1,
        `the file is larger than ${limits.file / MiB} MiB; the rest was not read. Split it, or name the tasks to run`,
      );
    }
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      number += 1;
      yield { number, text: overlong ? null : line };
      overlong = false;
    }
    if (rest.length > limits.line) {
      overlong = true;
      rest = '';
    }
  }
  rest += decoder.end();
  if (rest !== '' || overlong) yield { number: number + 1, text: overlong ? null : rest };
}

function contentOf(file: string, signal: AbortSignal): AsyncIterable<unknown> {
  const stream = createReadStream(file, { signal, highWaterMark: MiB });
  if (!file.endsWith('.gz')) return stream;
  const plain = createGunzip();
  // `pipe` hands no errors on.
  stream.on('error', (error) => plain.destroy(error));
  return stream.pipe(plain);
}

function parseLine({ number, text: line }: Line, limits: JsonLimits): DataRow {
  if (line === null) return { number, problem: `the line is longer than ${limits.line / MiB} MiB` };
  const text = (number === 1 ? line.replace(/^\uFEFF/, '') : line).trim();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { number, problem: describeJsonError(text, error) };
  }
  return typeof value !== 'object' || value === null || Array.isArray(value)
    ? { number, problem: 'expected one JSON object a line (JSONL)' }
    : { number, value };
}

function* parseList(lines: readonly Line[]): Generator<DataRow> {
  const text = lines
    .map((line) => line.text ?? '')
    .join('\n')
    .replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    yield {
      number: 1,
      problem: `not valid JSON: ${error instanceof Error ? error.message : String(error)}`,
    };
    return;
  }
  if (!Array.isArray(value)) return;
  // What a list holds is told by its place in it: lines mean nothing in a list.
  for (const [index, row] of value.entries())
    yield typeof row === 'object' && row !== null && !Array.isArray(row)
      ? { number: index + 1, value: row }
      : { number: index + 1, problem: 'expected a list of JSON objects' };
}

function describeJsonError(text: string, error: unknown): string {
  if (text.includes('\u0000')) return 'this is not a text file; expected JSONL';
  if (/^[[{]\s*$/.test(text)) {
    return 'this is JSON over several lines; expected JSONL: each task whole on one line (a list may stand in a .json file)';
  }
  return `not valid JSON: ${error instanceof Error ? error.message : String(error)}`;
}
