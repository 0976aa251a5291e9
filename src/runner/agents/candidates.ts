import path from 'node:path';
import { readContestColumn } from '../benchmarks/contests/content';
import { submissionOf } from '../benchmarks/contests/programs';
import type { ContestLanguage, ContestProgram, RunConfig, Task } from '../model';
import { asRecord, contestLanguage, isContestTask, RunnerError } from '../model';
import { readRows } from '../datasets/rows/readRows';
import type { Agent, AgentContext, AgentOutcome } from './agent';

/** Programs by the name of their task, in the order of the file. */
export type CandidatePrograms = ReadonlyMap<string, readonly ContestProgram[]>;

const nameColumns = ['task_name', 'task_id', 'name'] as const;
/**
 * Where the programs of a row stand: AlphaCodium's predictions, HumanEval's samples (one a line, or all), whole programs;
 * else a function's own solution.
 */
const programColumns = [
  'solution_candidates',
  'completion',
  'samples',
  'program',
  'canonical_solution',
] as const;

/**
 * Reads candidate programs: rows of `{task_name, solution_candidates: [text]}` or `{task_id, completion}`, in any file that
 * a dataset may be. Rows of one task add up. Programs are in `language` (for all) or `languages` (for each) of their row,
 * else in Python 3; null and what is missing are empty programs, which count.
 *
 * @throws `invalid-config` with the row and what was expected
 */
export async function readCandidates(
  file: string,
  {
    column,
    nameColumn,
    signal,
  }: {
    readonly column?: string | undefined;
    readonly nameColumn?: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<CandidatePrograms> {
  const candidates = new Map<string, ContestProgram[]>();
  for await (const row of rowsOf(file, signal)) {
    const where = `${file}:${String(row.number)}`;
    if ('problem' in row) throw refused(where, row.problem);
    const record = asRecord(row.value);
    if (record === null) throw refused(where, 'not an object');
    const name = nameOf(record, nameColumn);
    if (name === null) throw refused(where, `no name of a task under ${nameColumns.join(', ')}`);
    const programs = candidates.get(name) ?? [];
    candidates.set(name, programs);
    programs.push(...programsIn(record, column, where));
  }
  if (candidates.size === 0) throw refused(file, 'no candidates in it');
  return candidates;
}

async function* rowsOf(file: string, signal: AbortSignal): ReturnType<typeof readRows> {
  try {
    yield* readRows(file, { signal });
  } catch (error) {
    signal.throwIfAborted();
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new RunnerError(
      isGone ? 'not-found' : 'invalid-config',
      `${file} cannot be read: ${isGone ? 'there is no such file' : error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function nameOf(
  record: Readonly<Record<string, unknown>>,
  nameColumn: string | undefined,
): string | null {
  for (const column of nameColumn === undefined ? nameColumns : [nameColumn, ...nameColumns]) {
    const name = record[column];
    if (typeof name === 'string' && name !== '') return name;
    if (typeof name === 'number') return String(name);
  }
  return null;
}

function programsIn(
  record: Readonly<Record<string, unknown>>,
  column: string | undefined,
  where: string,
): readonly ContestProgram[] {
  const name = column ?? programColumns.find((each) => each in record);
  if (name === undefined || !(name in record))
    throw refused(where, `no candidates under ${column ?? programColumns.join(', ')}`);
  const value = record[name];
  // One program is a text, also an empty one; a task that nothing is there for has null.
  const sources: readonly unknown[] = value === null ? [] : Array.isArray(value) ? value : [value];
  const languages: unknown = record['languages'];
  return sources.map((source, n) => {
    if (typeof source !== 'string' && source !== null)
      throw refused(where, `"${name}" holds something else than texts`);
    const said: unknown = Array.isArray(languages) ? languages[n] : record['language'];
    return { source: source ?? '', language: languageIn(said, where) };
  });
}

function languageIn(said: unknown, where: string): ContestLanguage {
  if (said === undefined || said === null) return 'PYTHON3';
  const language = typeof said === 'string' ? contestLanguage(said) : null;
  if (language !== null) return language;
  throw refused(where, `the language ${JSON.stringify(said)} is not known`);
}

function refused(where: string, why: string): RunnerError {
  return new RunnerError(
    'invalid-config',
    `${where}: ${why}; expected {"task_name", "solution_candidates": […]} or {"task_id", "completion"}.`,
  );
}

/**
 * Hands in programs that somebody else made: those of a file, or of a column of the dataset itself
 * (`solutions.solution`). Its step says how many there are.
 */
export async function candidatesAgent(
  { contests }: Pick<RunConfig, 'contests'>,
  { cwd, signal }: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<Agent> {
  const { candidates: file, candidates_column: column, name_column: nameColumn } = contests;
  if (file === undefined && column === undefined)
    throw new RunnerError(
      'invalid-config',
      'The agent "candidates" needs a file of programs (contests.candidates) or a column of the dataset (contests.candidates_column).',
    );
  const programs =
    file === undefined
      ? null
      : await readCandidates(path.resolve(cwd, file), { column, nameColumn, signal });
  return {
    name: 'candidates',
    solve: async (context): Promise<AgentOutcome> => {
      const own =
        programs === null
          ? await columnOf(context, column ?? '', cwd)
          : programsFor(context.task, programs);
      await context.record({ kind: 'submission', content: describe(own) });
      return { exitStatus: 'submitted', detail: null, submission: submissionOf(own) };
    },
  };
}

function programsFor(task: Task, programs: CandidatePrograms): readonly ContestProgram[] {
  const byName = isContestTask(task) ? programs.get(task.name) : undefined;
  return programs.get(task.taskId) ?? byName ?? [];
}

async function columnOf(
  { task, signal }: AgentContext,
  column: string,
  cwd: string,
): Promise<readonly ContestProgram[]> {
  if (!isContestTask(task)) return [];
  return await readContestColumn(task, column, { cwd, signal });
}

/** `100 programs (97 PYTHON3, 3 CPP)` */
function describe(programs: readonly ContestProgram[]): string {
  const counts = new Map<string, number>();
  for (const { language } of programs) counts.set(language, (counts.get(language) ?? 0) + 1);
  const languages = [...counts].map(([language, count]) => `${String(count)} ${language}`);
  const sum = `${String(programs.length)} ${programs.length === 1 ? 'program' : 'programs'}`;
  return programs.length === 0 ? sum : `${sum} (${languages.join(', ')})`;
}
