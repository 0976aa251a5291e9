import { createHash } from 'node:crypto';
import path from 'node:path';
import type {
  ContestContent,
  ContestLanguage,
  ContestProgram,
  ContestTask,
  TestKind,
} from '../../model';
import {
  asRecord,
  contestContentOf,
  contestRowKindOf,
  contestRowSchema,
  humanEvalRowSchema,
  languageOf,
  namedLabels,
  programContentOf,
  programRowSchema,
  RunnerError,
  testKindSchema,
  withoutNulls,
} from '../../model';
import type { FoundRow } from '../../datasets/rows/rowAt';
import { readRowAt } from '../../datasets/rows/rowAt';
import { DataFileError } from '../../datasets/rows/row';
import { writeWhole } from '../../store/files';
import { safeName } from '../../store/runFolder';

export interface ContentOptions {
  /** What the place of a task's content is relative to: the run folder, for a task of a run. */
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/**
 * Tests and solutions of a task, read from the row that its `content` names. Of a file that stores columns apart only what
 * is asked for is read; the rest is empty. Of a task of the style `program` there are solutions only.
 *
 * @throws `invalid-task` when the row is not there any more or cannot be used
 */
export async function readContestContent(
  task: ContestTask,
  {
    kinds = testKindSchema.options,
    solutions = true,
    ...options
  }: ContentOptions & {
    /** Default: all. */
    readonly kinds?: readonly TestKind[];
    /** Default: true. */
    readonly solutions?: boolean;
  },
): Promise<ContestContent> {
  const columns = [
    ...kinds,
    ...(solutions ? ['solutions', 'incorrect_solutions', ...programColumns] : []),
  ];
  const found = await readTaskRow(task, { ...options, columns });
  const content = contentOf(task, found);
  const { public_tests, private_tests, generated_tests } = content.tests;
  const chosen = (kind: TestKind) => kinds.includes(kind);
  return {
    ...content,
    tests: {
      public_tests: chosen('public_tests') ? public_tests : [],
      private_tests: chosen('private_tests') ? private_tests : [],
      generated_tests: chosen('generated_tests') ? generated_tests : [],
    },
  };
}

/** Columns that rows of the style `program` are read for. */
const programColumns = [
  'task_id',
  'prompt',
  'entry_point',
  'test',
  'canonical_solution',
  'program',
];

/**
 * The candidates that a column of the task's row holds: programs, or a struct's part (`solutions.solution`), whose
 * languages its part `language` says. A column that says no language has programs in `language`.
 *
 * @throws `invalid-task` when the row has no such column, or something else in it
 */
export async function readContestColumn(
  task: ContestTask,
  column: string,
  { language = 'PYTHON3', ...options }: ContentOptions & { readonly language?: ContestLanguage },
): Promise<readonly ContestProgram[]> {
  const [outer = '', part] = column.split('.');
  const { value, labels } = await readTaskRow(task, { ...options, columns: [outer] });
  const whole = field(value, outer);
  const list = Array.isArray(whole)
    ? whole.map((one: unknown) => (part === undefined ? one : field(one, part)))
    : part === undefined
      ? [whole]
      : field(whole, part);
  const languages = Array.isArray(whole)
    ? whole.map((one: unknown) => field(one, 'language'))
    : field(whole, 'language');
  if (whole === null && part !== undefined) return [];
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) {
    throw new RunnerError(
      'invalid-task',
      `${task.taskId}: the column "${column}" holds no programs; name one that holds a text or a list of texts (solutions.solution)`,
    );
  }
  return list.map((source, n) => {
    const said: unknown = Array.isArray(languages) ? languages[n] : undefined;
    return {
      source,
      language: said === undefined || said === null ? language : languageOf(said, labels),
    };
  });
}

function field(value: unknown, name: string): unknown {
  return asRecord(value)?.[name];
}

/**
 * Copies the row of a task into a run's folder, so that the run needs no dataset any more, with class labels by name.
 *
 * @returns the task as the run keeps it
 */
export async function keepContestContent(
  task: ContestTask,
  {
    runDir,
    cwd,
    signal,
  }: { readonly runDir: string; readonly cwd: string; readonly signal: AbortSignal },
): Promise<ContestTask> {
  const { value, labels } = await readTaskRow(task, { cwd, signal });
  // Different ids may be the same as names of files.
  const id = createHash('sha256').update(task.taskId).digest('hex').slice(0, 8);
  const name = `${safeName(task.taskId).slice(0, 80)}-${id}.json`;
  const file = path.posix.join('contents', name);
  await writeWhole(path.join(runDir, file), `${JSON.stringify(namedLabels(value, labels))}\n`);
  return { ...task, content: { file, row: 1 } };
}

async function readTaskRow(
  task: ContestTask,
  { cwd, signal, columns }: ContentOptions & { readonly columns?: readonly string[] },
): Promise<FoundRow> {
  const { file, row } = task.content;
  const options = { signal, ...(columns === undefined ? {} : { columns }) };
  try {
    return await readRowAt(path.resolve(cwd, file), row, options);
  } catch (error) {
    signal.throwIfAborted();
    if (RunnerError.is(error)) throw error;
    const isOurs = error instanceof DataFileError;
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isOurs && !isGone) throw error;
    const why = isGone ? 'there is no such file any more' : error.message;
    throw new RunnerError('invalid-task', `${task.taskId}: ${file}, row ${row}: ${why}`, {
      cause: error,
    });
  }
}

function contentOf(task: ContestTask, { value, labels }: FoundRow): ContestContent {
  const given = withoutNulls(value);
  if (task.style === 'stdin') {
    // A name is not read again: the task has it.
    const row = contestRowSchema.safeParse({ ...asRecord(given), name: task.name });
    if (row.success) return contestContentOf(row.data, labels);
  } else {
    const kind = contestRowKindOf(given);
    const named = { ...asRecord(given), task_id: task.name };
    const humanEval = kind === 'humaneval' ? humanEvalRowSchema.safeParse(named) : null;
    if (humanEval?.success === true) return programContentOf(humanEval.data.canonical_solution);
    const program = kind === 'program' ? programRowSchema.safeParse(named) : null;
    if (program?.success === true) return programContentOf(program.data.program);
  }
  throw new RunnerError(
    'invalid-task',
    `${task.taskId}: the row ${task.content.row} of ${task.content.file} is not what it was; load the tasks anew`,
  );
}
