import type { ContestLabels, ContestRowKind, RowProblem } from '../../model';
import {
  asRecord,
  contestKindOfColumns,
  contestRowKindOf,
  describeTaskProblem,
  parseTaskRow,
  protoLabels,
  RunnerError,
} from '../../model';
import { rowLimits } from '../rows/jsonRows';
import { openParquet } from '../rows/parquetFile';
import { readRows } from '../rows/readRows';
import { DataFileError } from '../rows/row';
import type { SourceFile } from './etlSource';

/** What a file is read with. */
export interface OpenFile extends SourceFile {
  /** null: only reading tells. */
  readonly rows: number | null;
  /** null: the file does not say its columns. */
  readonly columns: readonly string[] | null;
  readonly integers: ReadonlySet<string>;
  /** As the file says them; null: it does not. */
  readonly labels: ContestLabels | null;
}

/** A row that a task can be made of. */
export interface SourceRow {
  readonly row: Readonly<Record<string, unknown>>;
  readonly kind: ContestRowKind;
  readonly labels: ContestLabels;
}

/** @throws `invalid-task` for a file that is damaged */
export async function openFile(file: SourceFile): Promise<OpenFile> {
  if (!file.path.endsWith('.parquet'))
    return { ...file, rows: null, columns: null, integers: new Set(), labels: null };
  const { rows, columns, integers, labels } = await inFile(file, openParquet(file.path));
  return { ...file, rows, columns, integers, labels };
}

async function inFile<T>(file: SourceFile, work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    throw told(file, error);
  });
}

/** Which file and row an error is about. */
function told(file: SourceFile, error: unknown): unknown {
  if (error instanceof DataFileError)
    return problemOf(file, error.row, [{ field: '', message: error.message }], error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // What zlib says of a file that is none of its own, or that was cut.
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error;
  const message = 'the compressed file is damaged; download or make it anew';
  return problemOf(file, 0, [{ field: '', message }], error);
}

function problemOf(
  { title }: SourceFile,
  line: number,
  problems: readonly RowProblem[],
  cause?: unknown,
): RunnerError {
  const lines = problems.map((problem) => describeTaskProblem({ file: title, line, ...problem }));
  return new RunnerError('invalid-task', lines.join('\n'), { cause });
}

/** How many rows a file has. */
export async function countRows(file: OpenFile, signal: AbortSignal): Promise<number> {
  if (file.rows !== null) return file.rows;
  let rows = 0;
  const values = valuesOf(file, signal);
  while ((await values.next()).done !== true) rows += 1;
  return rows;
}

/** @throws `invalid-task` at the first row that cannot be used */
export async function* rowsOf(file: OpenFile, signal: AbortSignal): AsyncGenerator<SourceRow> {
  const labels = file.labels ?? protoLabels;
  const ofFile = file.columns === null ? null : contestKindOfColumns(file.columns);
  for await (const { number, value } of valuesOf(file, signal)) {
    const row = asRecord(value);
    const kind = ofFile ?? contestRowKindOf(value);
    if (row === null || kind === null) throw problemOf(file, number, [strangeRow(value)]);
    const parsed = parseTaskRow(row, { file: file.title, line: number }, { kind, labels });
    if (!parsed.ok) throw problemOf(file, number, parsed.problems);
    yield { row, kind, labels };
  }
}

async function* valuesOf(
  file: OpenFile,
  signal: AbortSignal,
): AsyncGenerator<{ readonly number: number; readonly value: unknown }> {
  const rows = readRows(file.path, { signal, limits: rowLimits });
  try {
    for (;;) {
      const next = await rows.next();
      if (next.done === true) return;
      const row = next.value;
      if ('problem' in row)
        throw problemOf(file, row.number, [{ field: '', message: row.problem }]);
      yield row;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw told(file, error);
  } finally {
    await rows.return(undefined);
  }
}

const expected = ['name', 'public_tests', 'private_tests', 'generated_tests', 'solutions'];

/** A row of no contest dataset, by the columns that it lacks. */
function strangeRow(value: unknown): RowProblem {
  const missing = expected.filter((name) => asRecord(value)?.[name] === undefined);
  return {
    field: '',
    message: `this is no row of a contest dataset: the columns ${missing.join(', ')} are missing. Expected those of CodeContests, or of HumanEval (task_id, prompt, entry_point, test)`,
  };
}
