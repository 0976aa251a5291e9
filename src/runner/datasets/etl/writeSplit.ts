import path from 'node:path';
import { RunnerError } from '../../model';
import type { DatasetQuery, MakeDatasetOptions } from '../../runner';
import { sampledIndexes } from '../../sampledIndexes';
import { safeName } from '../../store/runFolder';
import { contestColumns, jsonColumn, textColumn } from '../saved/columns';
import type { LabelKind } from '../saved/columns';
import type { SavedSplit } from '../saved/manifest';
import type { SinkColumn } from '../saved/parquetSink';
import { ParquetSink } from '../saved/parquetSink';
import type { SourceSplit } from './etlSource';
import type { OpenFile, SourceRow } from './splitRows';
import { countRows, openFile, rowsOf } from './splitRows';
import type { ProgramCounts } from './transform';
import { countPrograms, transformRow } from './transform';

interface SplitOptions extends MakeDatasetOptions {
  readonly query: DatasetQuery;
  /** Says something that the manifest keeps. */
  readonly note: (line: string) => void;
}

/** Reads a split row by row, and writes what is wanted of it into `folder`. */
export async function writeSplit(
  split: SourceSplit,
  folder: string,
  { query, note, signal, onProgress }: SplitOptions,
): Promise<SavedSplit> {
  const name = safeName(split.name);
  const files: OpenFile[] = [];
  for (const file of split.files) files.push(await openFile(file));
  const total = await totalRows(files, signal);
  if (total === 0)
    throw new RunnerError(
      'invalid-task',
      `The split ${split.name} has no row; leave it out with --splits.`,
    );
  const rate = split.name === 'train' ? query.trainSample : undefined;
  const sample = rate === undefined ? null : sampledIndexes(total, { rate, seed: query.seed ?? 0 });
  await using writer = new SplitWriter(path.join(folder, `${name}.parquet`), {
    query,
    files,
    note,
  });
  let at = 0;
  for (const file of files)
    for await (const row of rowsOf(file, signal)) {
      writer.count(row);
      if (sample?.has(at) !== false) await writer.add(row);
      at += 1;
      onProgress?.({ phase: 'rows', what: split.name, done: at, fresh: at, total });
    }
  const { before, after, ...written } = await writer.finish();
  return {
    name,
    file: `${name}.parquet`,
    ...written,
    before: { ...before, rows: total },
    after: { ...after, rows: written.rows },
  };
}

async function totalRows(files: readonly OpenFile[], signal: AbortSignal): Promise<number> {
  let total = 0;
  for (const file of files) total += await countRows(file, signal);
  return total;
}

type Row = Readonly<Record<string, unknown>>;

/** Makes the file when the first row tells its columns. */
class SplitWriter implements AsyncDisposable {
  readonly #file: string;
  readonly #query: DatasetQuery;
  readonly #files: readonly OpenFile[];
  readonly #note: (line: string) => void;
  readonly #labels: LabelKind;
  #sink: ParquetSink | null = null;
  #kind: SourceRow['kind'] | null = null;
  #columns: ReadonlySet<string> = new Set();
  readonly #left = new Set<string>();
  #before: ProgramCounts = { solutions: 0, incorrect_solutions: 0 };
  #after: ProgramCounts = { solutions: 0, incorrect_solutions: 0 };

  constructor(
    file: string,
    {
      query,
      files,
      note,
    }: {
      readonly query: DatasetQuery;
      readonly files: readonly OpenFile[];
      readonly note: (line: string) => void;
    },
  ) {
    this.#file = file;
    this.#query = query;
    this.#files = files;
    this.#note = note;
    // Numbers can stay where all files have them and mean the same by them.
    const meanings = new Set(files.map(({ labels }) => JSON.stringify(labels)));
    const keeps =
      query.translateReferences !== true &&
      meanings.size === 1 &&
      files.every(({ integers }) => integers.has('source') || integers.has('solutions.language'));
    this.#labels = keeps ? 'integer' : 'text';
  }

  /** ProgramCounts a row of the source, whether it is added or not. */
  count({ row, kind }: SourceRow): void {
    if (kind === 'code-contests') this.#before = plus(this.#before, countPrograms(row));
  }

  async add({ row, kind, labels }: SourceRow): Promise<void> {
    this.#kind ??= kind;
    if (kind !== this.#kind)
      throw new RunnerError(
        'invalid-task',
        'The rows of a split have different columns; save them as datasets of their own.',
      );
    this.#sink ??= await this.#open(row);
    for (const name of Object.keys(row)) if (!this.#columns.has(name)) this.#left.add(name);
    if (kind !== 'code-contests') {
      await this.#sink.add(row);
      return;
    }
    const { languages = null } = this.#query;
    const made = transformRow(row, { labels, languages, translate: this.#labels === 'text' });
    this.#after = plus(this.#after, countPrograms(made));
    await this.#sink.add(made);
  }

  async finish(): Promise<
    Pick<SavedSplit, 'rows' | 'bytes' | 'sha256'> & {
      readonly before: ProgramCounts;
      readonly after: ProgramCounts;
    }
  > {
    if (this.#sink === null) throw new Error('a split without rows was written');
    if (this.#left.size > 0)
      this.#note(`left out, since the first row does not have them: ${[...this.#left].join(', ')}`);
    return { ...(await this.#sink.finish()), before: this.#before, after: this.#after };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink?.[Symbol.asyncDispose]();
  }

  async #open(row: Row): Promise<ParquetSink> {
    const there = [
      ...new Set([...Object.keys(row), ...this.#files.flatMap(({ columns }) => columns ?? [])]),
    ];
    const known =
      this.#kind === 'code-contests' ? contestColumns(this.#labels) : textColumnsOf(row);
    const names = new Set(known.map(({ name }) => name));
    const more = there.filter((name) => !names.has(name)).map(jsonColumn);
    this.#columns = new Set([...names, ...more.map(({ name }) => name)]);
    this.#noteLabels(row);
    const columns = [...known, ...more];
    return await ParquetSink.create(this.#file, { columns, metadata: this.#metadata() });
  }

  #noteLabels(row: Row): void {
    if (this.#kind !== 'code-contests' || this.#files.every(({ labels }) => labels !== null))
      return;
    if (this.#files.some(({ integers }) => integers.size > 0) || typeof row['source'] === 'number')
      this.#note(
        'the source does not say what its class labels are called: the numbers of contest_problem.proto were used',
      );
  }

  /** What the numbers mean, as the source says it: in the words of the Hugging Face library. */
  #metadata(): Readonly<Record<string, string>> {
    const [file] = this.#files;
    const names = file?.labels ?? null;
    if (this.#labels === 'text' || names === null) return {};
    const { source, difficulty, language } = names;
    const label = (names: readonly (string | null)[]): object => ({
      _type: 'ClassLabel',
      names: names.map((name, n) => name ?? `UNKNOWN_${String(n)}`),
    });
    const features = {
      source: label(source),
      difficulty: label(difficulty),
      solutions: { language: label(language) },
    };
    return { huggingface: JSON.stringify({ info: { features } }) };
  }
}

function textColumnsOf(row: Row): readonly SinkColumn[] {
  return Object.entries(row).flatMap(([name, value]) =>
    typeof value === 'string' ? [textColumn(name)] : [],
  );
}

function plus(a: ProgramCounts, b: ProgramCounts): ProgramCounts {
  return {
    solutions: a.solutions + b.solutions,
    incorrect_solutions: a.incorrect_solutions + b.incorrect_solutions,
  };
}
