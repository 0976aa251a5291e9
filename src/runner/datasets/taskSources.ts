import path from 'node:path';
import { mleTasks } from '../benchmarks/mle/mleTasks';
import { withAbsolutePaths } from '../benchmarks/swe/taskFile';
import type { Host } from '../host';
import type { DatasetKind, Task, TaskFileProblem, TaskSource } from '../model';
import {
  contestKindOfColumns,
  datasetColumns,
  isContestTask,
  isRepositoryTask,
  parseTaskRow,
  RunnerError,
} from '../model';
import type { LoadedTasks, LoadOptions } from '../runner';
import { HubDatasets } from './hub/hubDatasets';
import { knownByRepository } from './knownDatasets';
import { readFacts, readRows } from './rows/readRows';
import { DataFileError } from './rows/row';
import { SavedDatasets } from './saved/savedDatasets';
import type { HubName, SavedName } from './sourceName';
import { formatHubName, formatSavedName, parseSourceName } from './sourceName';
import { chooseSplit } from './splits';

/** One data file of a source, and what its rows are read with. */
interface Part {
  /** Path on this machine. */
  readonly path: string;
  /** What tasks and problems say of where they are. */
  readonly file: string;
  /** Rows of the source's files before this one. */
  readonly rowsBefore: number;
  readonly dataset?: string;
  readonly kind?: DatasetKind;
}

/** Where what a source holds goes. */
interface Sink {
  readonly add: (task: Task) => void;
  readonly problems: TaskFileProblem[];
  readonly options: LoadOptions;
}

/** Tasks from files and from datasets of the hub: the one way in. */
export class TaskSources {
  readonly #host: Host;
  readonly #hub: HubDatasets;
  readonly #saved: SavedDatasets;
  readonly #pinned = new Map<string, string>();

  constructor(host: Host, hub: HubDatasets = new HubDatasets(host)) {
    this.#host = host;
    this.#hub = hub;
    this.#saved = new SavedDatasets(host);
  }

  /**
   * Reads sources as `parseSourceName` knows them. A row that cannot be used becomes a problem with source, row, field and
   * what was expected, and so does a source that cannot be read; all others still load. Local repository paths and paths
   * of environments become absolute, relative to the file that names them. A task of the hub says the commit that it was
   * read from. Task ids are unique over all sources.
   */
  async load(sources: readonly string[], options: LoadOptions): Promise<LoadedTasks> {
    const tasks: Task[] = [];
    const problems: TaskFileProblem[] = [];
    const seen = new Map<string, TaskSource>();
    // Ids of the source that is being read: of all of its files and splits.
    const own = new Set<string>();
    const add = (given: Task): void => {
      // Rows of whole programs are candidates: those of one task are one task.
      if (isWholeProgram(given) && own.has(given.taskId)) return;
      const task = own.has(given.taskId) ? withOwnId(given, seen) : given;
      const { file, line } = task.source;
      const first = seen.get(task.taskId);
      if (first === undefined) {
        seen.set(task.taskId, task.source);
        own.add(task.taskId);
        tasks.push(task);
        return;
      }
      const message = `"${task.taskId}" is already used at ${first.file}:${String(first.line)}; ids must be unique`;
      problems.push({ file, line, field: 'task_id', message });
    };
    for (const source of sources) {
      const before = tasks.length + problems.length;
      own.clear();
      try {
        await this.#loadSource(source, { add, problems, options });
        if (tasks.length + problems.length > before) continue;
        const message = 'the file holds no task; expected one JSON object a line';
        problems.push({ file: source, line: 0, field: '', message });
      } catch (error) {
        options.signal.throwIfAborted();
        const line = error instanceof DataFileError ? error.row : 0;
        problems.push({ file: source, line, field: '', message: describeError(error) });
      }
    }
    return { tasks, problems };
  }

  /** A name that means what a source meant when it was last loaded: a dataset of the hub at that commit. */
  pinnedName(source: string): string {
    return this.#pinned.get(source) ?? source;
  }

  /** Where something about the tasks of a source is kept: beside its file, or beside the dataset in the cache. */
  placeBeside(file: string, ending: string): string {
    const name = parseSourceName(file);
    if (name.kind === 'mle') {
      const kept = encodeURIComponent(file.slice('mle:'.length));
      return path.join(this.#host.cacheDir, 'mle', 'validations', `${kept}${ending}`);
    }
    if (name.kind === 'file')
      return path.resolve(this.#host.cwd, file).replace(/\.jsonl$/, '') + ending;
    const split = encodeURIComponent(name.split ?? 'all');
    const folder =
      name.kind === 'saved'
        ? this.#saved.folderOf(name.name)
        : this.#hub.folderOf(name.repository, name.revision);
    return path.join(folder, `${split}${ending}`);
  }

  async #loadSource(source: string, to: Sink): Promise<void> {
    const name = parseSourceName(source);
    if (name.kind === 'file') {
      const file = path.resolve(this.#host.cwd, name.file);
      await this.#loadPart({ path: file, file: name.file, rowsBefore: 0 }, to);
      return;
    }
    if (name.kind === 'saved') {
      for await (const part of this.#savedParts(name, to.options))
        await this.#loadPart({ ...part, rowsBefore: 0 }, to);
      return;
    }
    if (name.kind === 'mle') {
      for (const task of await mleTasks(this.#host, name, to.options)) to.add(task);
      return;
    }
    let rowsBefore = 0;
    for await (const part of this.#partsOf(name, to.options)) {
      this.#pinned.set(source, part.file);
      rowsBefore += await this.#loadPart({ ...part, rowsBefore }, to);
    }
  }

  async *#savedParts(
    { name, split: wanted }: SavedName,
    options: LoadOptions,
  ): AsyncGenerator<Omit<Part, 'rowsBefore'>> {
    const { splits } = await this.#saved.open(name, options);
    const chosen = wanted === null ? splits : splits.filter((split) => split.name === wanted);
    if (chosen.length === 0) {
      const names = splits.map((split) => split.name).join(', ');
      throw new RunnerError('not-found', `${name} has no split "${wanted ?? ''}"; it has ${names}`);
    }
    for (const { name: split, path: file } of chosen)
      yield {
        path: file,
        file: formatSavedName({ name, split }),
        dataset: `${name} (${split})`,
      };
  }

  async *#partsOf(
    { repository, revision, split: wanted }: HubName,
    options: LoadOptions,
  ): AsyncGenerator<Omit<Part, 'rowsBefore'>> {
    const pinned = await this.#hub.pin(repository, revision, options);
    const known = knownByRepository(repository);
    const choice = chooseSplit(
      pinned.files.map((file) => file.path),
      wanted,
      known?.split ?? null,
    );
    if (!choice.ok) throw new RunnerError('not-found', `${repository}: ${choice.message}`);
    const { split } = choice;
    const title = known?.title ?? repository;
    const shared = {
      file: formatHubName({ repository, revision: pinned.commit, split }),
      dataset: split === '*' ? title : `${title} (${split})`,
      ...(known === undefined ? {} : { kind: known.kind }),
    };
    for (const name of choice.files)
      yield { ...shared, path: await this.#hub.file(pinned, name, options) };
  }

  /** @returns how many rows the file has */
  async #loadPart(
    { path: file, file: named, rowsBefore, ...known }: Part,
    { add, problems, options }: Sink,
  ): Promise<number> {
    const { signal, nameColumn } = options;
    const columns = [...datasetColumns, ...(nameColumn === undefined ? [] : [nameColumn])];
    const { labels, columns: there } = await readFacts(file);
    const kind = known.kind ?? (there === null ? null : contestKindOfColumns(there));
    const shared = {
      ...known,
      nameColumn,
      ...(kind === null ? {} : { kind }),
      ...(labels === null ? {} : { labels }),
    };
    let rows = 0;
    for await (const row of readRows(file, { signal, columns })) {
      rows = row.number;
      const source = { file: named, line: rowsBefore + row.number };
      const problem = (field: string, message: string): void => {
        problems.push({ ...source, field, message });
      };
      if ('problem' in row) {
        problem('', row.problem);
        continue;
      }
      const content = { file, row: row.number };
      const parsed = parseTaskRow(row.value, source, { ...shared, content });
      if (!parsed.ok) for (const { field, message } of parsed.problems) problem(field, message);
      else if (isRepositoryTask(parsed.task))
        add(withAbsolutePaths(parsed.task, path.dirname(file)));
      else add(parsed.task);
    }
    return rows;
  }
}

function isWholeProgram(task: Task): boolean {
  return isContestTask(task) && task.style === 'program' && task.frame === null;
}

/**
 * A contest task under an id of its own: names of problems of different sites may agree within one dataset
 * (`contest_problem.proto`). The first one keeps its name; others get their site, or a number.
 */
function withOwnId(task: Task, seen: ReadonlyMap<string, TaskSource>): Task {
  if (!isContestTask(task)) return task;
  const named = task.origin === null ? null : `${task.name} (${task.origin})`;
  if (named !== null && !seen.has(named)) return { ...task, taskId: named };
  for (let n = 2; ; n += 1) {
    const taskId = `${task.name} (${String(n)})`;
    if (!seen.has(taskId)) return { ...task, taskId };
  }
}

function describeError(error: unknown): string {
  if (error instanceof DataFileError || RunnerError.is(error)) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'the file may not be read; check its permissions';
    default:
      return `the file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
