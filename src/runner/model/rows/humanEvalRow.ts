import * as z from 'zod';
import type { ContestContent, ContestTask } from '../contestTask';
import { taskIdSchema } from './columns';
import type { ContestRowContext } from './contestRow';

/** A row of HumanEval: the body of a function is asked for, and a program with its tests is run. */
export const humanEvalRowSchema = z.looseObject({
  task_id: taskIdSchema,
  prompt: z.string(),
  entry_point: z.string().min(1),
  test: z.string(),
  canonical_solution: z.string().nullish(),
});
export type HumanEvalRow = z.infer<typeof humanEvalRowSchema>;

/** A row with a complete program, which is all of what is run. */
export const programRowSchema = z.looseObject({
  task_id: taskIdSchema,
  program: z.string(),
  prompt: z.string().nullish(),
});
export type ProgramRow = z.infer<typeof programRowSchema>;

export const humanEvalColumns: readonly string[] = [
  ...new Set([...Object.keys(humanEvalRowSchema.shape), ...Object.keys(programRowSchema.shape)]),
];

export function isHumanEvalRow(row: object): boolean {
  return 'prompt' in row && 'entry_point' in row && 'test' in row;
}

export function isProgramRow(row: object): boolean {
  return 'program' in row && !('repo' in row);
}

/** program = prompt + candidate + "\n" + test + "\ncheck(entry_point)" */
export function fromHumanEvalRow(row: HumanEvalRow, context: ContestRowContext): ContestTask {
  const { prompt, test, entry_point: entry, canonical_solution: solution } = row;
  return programTask(row.task_id, context, {
    statement: prompt,
    frame: { before: prompt, after: `\n${test}\ncheck(${entry})` },
    hasSolution: typeof solution === 'string' && solution !== '',
  });
}

export function fromProgramRow(row: ProgramRow, context: ContestRowContext): ContestTask {
  return programTask(row.task_id, context, {
    statement: row.prompt ?? '',
    frame: null,
    hasSolution: true,
  });
}

/** Their tests are in the program that is run, so their content has solutions only. */
export function programContentOf(source: string | null | undefined): ContestContent {
  return {
    tests: { public_tests: [], private_tests: [], generated_tests: [] },
    solutions:
      source === null || source === undefined || source === ''
        ? []
        : [{ language: 'PYTHON3', source }],
    incorrectSolutions: [],
  };
}

function programTask(
  taskId: string,
  { source, dataset, content }: ContestRowContext,
  own: Pick<ContestTask, 'statement' | 'frame' | 'hasSolution'>,
): ContestTask {
  const [family, ...rest] = taskId.split('/');
  return {
    benchmark: 'contests',
    taskId,
    // `HumanEval/0`
    group: rest.length > 0 && family !== undefined && family !== '' ? family : dataset,
    repo: null,
    ref: null,
    dataset,
    version: null,
    difficulty: null,
    size: { patchLines: null, tests: 1 },
    source,
    name: taskId,
    style: 'program',
    publicTests: [],
    testCounts: { public_tests: 0, private_tests: 0, generated_tests: 0 },
    timeLimitS: null,
    memoryLimitBytes: null,
    inputFile: null,
    outputFile: null,
    origin: null,
    tags: [],
    rating: null,
    ...own,
    content,
  };
}
