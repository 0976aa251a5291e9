import type { Dirent } from 'node:fs';
import { open, readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { RepositoryTask } from '../../model';
import { describeTaskProblem, isRepositoryTask, RunnerError } from '../../model';
import type { LoadedTasks } from '../../runner';
import { isNotFound } from '../../store/files';
import type { OfficialReport } from './official/gradeOfficial';
import { gradeOfficial, officialReportWithoutPatch } from './official/gradeOfficial';
import { logParserOf } from './official/logParsers';
import type { NoStatuses } from './official/parseLog';
import { parseLog } from './official/parseLog';
import type { OfficialGrading } from './official/statuses';

/** Which logs: one, or every `<task id>/test_output.txt` below a folder. */
export type LogSelection =
  { readonly taskId: string; readonly log: string } | { readonly logs: string };

interface FoundLog {
  readonly taskId: string;
  /** Absolute path. */
  readonly log: string;
}

type LogOutcome =
  | {
      readonly graded: true;
      readonly report: OfficialReport;
      /** Why the log shows no test; null when it shows some, or nothing was handed in. */
      readonly cause: NoStatuses | null;
    }
  | { readonly graded: false; readonly error: LogGradeError; readonly reason: string };

/** What became of one log: the official report, or why there is none. */
export type LogGrade = FoundLog & LogOutcome;
export type LogGradeError =
  | 'unknown_task' // no row of the task files has this id
  | 'invalid_task' // its row has no test lists
  | 'unsupported_parser' // nobody here can read its logs
  | 'unreadable_log';

const logName = 'test_output.txt';
const patchName = 'patch.diff';
/** A string of V8 ends at 512 Mi characters, and lines, names and a second copy without `\r` need room too. */
const maxLogBytes = 256 * 1024 * 1024;
/** `logs/run_evaluation/<run>/<model>/<instance>` has five levels. */
const maxDepth = 8;

/**
 * Grades logs of finished evaluations, one after the other in the order of their ids, so that one log at a time is in
 * memory. Bytes that are not UTF-8 are replaced.
 * @throws `not-found` when there is no log, `invalid-config` when a folder has two logs of one task
 */
export async function* gradeLogs(
  selection: LogSelection,
  options: {
    readonly loaded: LoadedTasks;
    readonly grading: OfficialGrading;
    readonly cwd: string;
    readonly signal: AbortSignal;
    /** A line of a task file that cannot be used. */
    readonly onProblem: (message: string) => void;
  },
): AsyncGenerator<LogGrade> {
  const { cwd, signal, grading } = options;
  const { tasks, problems } = options.loaded;
  for (const problem of problems) options.onProblem(describeTaskProblem(problem));
  const byId = new Map(tasks.filter(isRepositoryTask).map((task) => [task.taskId, task]));
  for (const found of await findLogs(selection, { cwd, signal })) {
    signal.throwIfAborted();
    yield { ...found, ...(await gradeOne(found, byId.get(found.taskId), { grading, signal })) };
  }
}

async function gradeOne(
  { log }: FoundLog,
  task: RepositoryTask | undefined,
  { grading, signal }: { readonly grading: OfficialGrading; readonly signal: AbortSignal },
): Promise<LogOutcome> {
  const refused = (error: LogGradeError, reason: string): LogOutcome => ({
    graded: false,
    error,
    reason,
  });
  if (task === undefined) return refused('unknown_task', 'no task file has a task of this id');
  if (task.failToPass === null)
    return refused('invalid_task', 'the task has no FAIL_TO_PASS: nothing says what resolves it');
  const chosen = logParserOf(task);
  if (!chosen.ok) return refused('unsupported_parser', chosen.reason);
  try {
    if (await isEmptyFile(path.join(path.dirname(log), patchName), signal))
      return { graded: true, report: officialReportWithoutPatch(grading), cause: null };
    const text = await readLog(log, signal);
    const parsed = parseLog(text, { parser: chosen.parser, grading });
    const report = gradeOfficial(task, parsed, { grading });
    return { graded: true, report, cause: parsed.found ? null : parsed.reason };
  } catch (error) {
    signal.throwIfAborted();
    return refused('unreadable_log', error instanceof Error ? error.message : String(error));
  }
}

/** An evaluation writes the patch beside its log, and nothing where there was none. */
async function isEmptyFile(file: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await readFile(file, { encoding: 'utf8', signal })).trim() === '';
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function readLog(file: string, signal: AbortSignal): Promise<string> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  if (size > maxLogBytes)
    throw new RangeError(`${file} is larger than ${String(maxLogBytes / 1024 / 1024)} MiB`);
  return await handle.readFile({ encoding: 'utf8', signal });
}

async function findLogs(
  selection: LogSelection,
  { cwd, signal }: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<readonly FoundLog[]> {
  if ('log' in selection)
    return [{ taskId: selection.taskId, log: path.resolve(cwd, selection.log) }];
  const found = new Map<string, string>();
  for await (const log of logsBelow(path.resolve(cwd, selection.logs), signal)) {
    const taskId = path.basename(path.dirname(log));
    const other = found.get(taskId);
    if (other !== undefined) {
      throw new RunnerError(
        'invalid-config',
        `There are two logs of ${taskId}: ${other} and ${log}. Name the folder of one run and one model.`,
      );
    }
    found.set(taskId, log);
  }
  if (found.size === 0)
    throw new RunnerError('not-found', `There is no ${logName} below ${selection.logs}.`);
  return [...found]
    .map(([taskId, log]) => ({ taskId, log }))
    .sort((a, b) => (a.taskId < b.taskId ? -1 : 1));
}

/** Follows links, since instances are often linked into a folder, but enters no folder twice. */
async function* logsBelow(root: string, signal: AbortSignal): AsyncGenerator<string> {
  const entered = new Set<string>();
  const left = [{ folder: root, depth: 0 }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    signal.throwIfAborted();
    const { folder, depth } = next;
    const entries = await entriesOf(folder, { isRoot: depth === 0, entered });
    if (entries.some((entry) => entry.name === logName && !entry.isDirectory())) {
      yield path.join(folder, logName);
    } else if (depth < maxDepth) {
      for (const entry of entries)
        if (entry.isDirectory() || entry.isSymbolicLink())
          left.push({ folder: path.join(folder, entry.name), depth: depth + 1 });
    }
  }
}

/** Nothing where it is no folder, or one that was read before. */
async function entriesOf(
  folder: string,
  { isRoot, entered }: { readonly isRoot: boolean; readonly entered: Set<string> },
): Promise<readonly Dirent[]> {
  try {
    const real = await realpath(folder);
    if (entered.has(real)) return [];
    entered.add(real);
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (!isRoot) return [];
    throw new RunnerError('not-found', `${folder} cannot be read as a folder of logs.`, {
      cause: error,
    });
  }
}
