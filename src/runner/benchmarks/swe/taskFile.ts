import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import path from 'node:path';
import type { RepositoryTask } from '../../model';
import { parseRepositoryRow } from '../../model';
import type { LoadedTasks, TaskFileProblem } from '../../runner';

const MiB = 1024 * 1024;
/** A row larger than this is not a task: the largest row of SWE-bench has 3 MB. */
const maxLineLength = 32 * MiB;
/** Text of tasks that is kept in memory; what is beyond is reported and not read. */
const maxFileLength = 512 * MiB;

interface Line {
  readonly number: number;
  /** null: longer than `maxLineLength`. */
  readonly text: string | null;
}

/**
 * Reads task files (JSONL: seed rows and SWE-bench instance rows, also mixed). A line that cannot be used becomes a
 * problem with file, line, field and what was expected; the others still load. Local repository paths and paths of
 * environments become absolute, relative to the file that names them. Task ids are unique over all files.
 */
export async function loadTaskFiles(
  files: readonly string[],
  { cwd, signal }: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<LoadedTasks> {
  const tasks: RepositoryTask[] = [];
  const problems: TaskFileProblem[] = [];
  const seen = new Map<string, string>();
  for (const file of files) {
    const problem = (line: number, field: string, message: string): void => {
      problems.push({ file, line, field, message });
    };
    const before = tasks.length + problems.length;
    try {
      for await (const line of readLines(path.resolve(cwd, file), signal)) {
        const task = parseLine(line, { file, cwd, problem });
        if (task === null) continue;
        const first = seen.get(task.taskId);
        if (first !== undefined) {
          problem(
            line.number,
            'task_id',
            `"${task.taskId}" is already used at ${first}; ids must be unique`,
          );
          continue;
        }
        seen.set(task.taskId, `${file}:${line.number}`);
        tasks.push(task);
      }
      if (tasks.length + problems.length === before) {
        problem(0, '', 'the file holds no task; expected one JSON object a line');
      }
    } catch (error) {
      signal.throwIfAborted();
      problem(error instanceof TaskFileError ? error.line : 0, '', describeFileError(error));
    }
  }
  return { tasks, problems };
}

class TaskFileError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

function describeFileError(error: unknown): string {
  if (error instanceof TaskFileError) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'the file may not be read; check its permissions';
    case 'EISDIR':
      return 'this is a folder; name a JSONL file in it';
    default:
      return `the file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function* readLines(file: string, signal: AbortSignal): AsyncGenerator<Line> {
  if ((await stat(file)).isDirectory())
    throw new TaskFileError(0, 'this is a folder; name a JSONL file in it');
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let overlong = false;
  let number = 0;
  let total = 0;
  for await (const chunk of createReadStream(file, { signal, highWaterMark: MiB })) {
    const text = decoder.write(chunk as Buffer); // a stream without an encoding yields Buffers
    total += text.length;
    if (total > maxFileLength) {
      throw new TaskFileError(
        number + 1,
        `the file is larger than ${maxFileLength / MiB} MiB; the rest was not read. Split it, or name the tasks to run`,
      );
    }
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      number += 1;
      yield { number, text: overlong ? null : line };
      overlong = false;
    }
    if (rest.length > maxLineLength) {
      overlong = true;
      rest = '';
    }
  }
  rest += decoder.end();
  if (rest !== '' || overlong) yield { number: number + 1, text: overlong ? null : rest };
}

function parseLine(
  line: Line,
  context: {
    readonly file: string;
    readonly cwd: string;
    readonly problem: (line: number, field: string, message: string) => void;
  },
): RepositoryTask | null {
  if (line.text === null) {
    context.problem(line.number, '', `the line is longer than ${maxLineLength / MiB} MiB`);
    return null;
  }
  const text = (line.number === 1 ? line.text.replace(/^\uFEFF/, '') : line.text).trim();
  if (text === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    context.problem(line.number, '', describeJsonError(text, error));
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    context.problem(line.number, '', 'expected one JSON object a line (JSONL)');
    return null;
  }
  const row = parseRepositoryRow(value, { file: context.file, line: line.number });
  if (!row.ok) {
    for (const { field, message } of row.problems) context.problem(line.number, field, message);
    return null;
  }
  return withAbsolutePaths(row.task, path.dirname(path.resolve(context.cwd, context.file)));
}

function describeJsonError(text: string, error: unknown): string {
  if (text.includes('\u0000')) return 'this is not a text file; expected JSONL';
  if (/^[[{]\s*$/.test(text)) {
    return 'this is JSON over several lines; expected JSONL: each task whole on one line';
  }
  return `not valid JSON: ${error instanceof Error ? error.message : String(error)}`;
}

/** Whether a `repo` names a place on this machine: anything that is neither a URL nor git's `host:path`. */
export function isLocalRepository(repo: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(repo) && !/^[\w.-]+@?[\w.-]*:(?!\\)/.test(repo);
}

/** The task with its repository and environment paths made absolute, relative to `folder`. */
export function withAbsolutePaths(task: RepositoryTask, folder: string): RepositoryTask {
  const repo = isLocalRepository(task.repo) ? path.resolve(folder, task.repo) : task.repo;
  const { environment } = task;
  switch (environment?.kind) {
    case 'dockerfile':
      return {
        ...task,
        repo,
        environment: {
          ...environment,
          dockerfile: path.resolve(folder, environment.dockerfile),
          context: path.resolve(
            folder,
            environment.context ?? path.dirname(environment.dockerfile),
          ),
        },
      };
    case 'devcontainer':
      return {
        ...task,
        repo,
        environment: {
          ...environment,
          devcontainer: path.resolve(folder, environment.devcontainer),
        },
      };
    case 'image':
    case 'spec':
    case undefined:
      return { ...task, repo };
  }
}
