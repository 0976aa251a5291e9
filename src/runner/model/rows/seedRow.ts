import * as z from 'zod';
import { environmentSourceSchema } from '../environmentSource';
import { partialStageLimitsSchema } from '../limits';
import type { RepositoryTask } from '../repositoryTask';
import { repositoryName } from '../repositoryTask';
import type { RowContext } from './columns';
import { commandsSchema, commonShape, sizeOf, taskIdSchema, textOf } from './columns';

const repositorySchema = z
  .string()
  .min(1)
  // git reads `-x` as an option and `ext::` as a command to run.
  .regex(/^(?!-)(?!ext::)(?!fd::)[^\u0000-\u001f]+$/u, 'expected a URL or a path');
const refSchema = z
  .string()
  .min(1)
  .regex(/^(?!-)[^\u0000-\u0020~^:?*[\\]+$/u, 'expected a commit, tag or branch name');

/** A line of a seed file. Keys that are not named here are accepted and ignored. */
export const seedRowSchema = z.looseObject({
  task_id: taskIdSchema,
  repo: repositorySchema,
  ref: refSchema,
  pytest_k: z.string().optional(),
  install: commandsSchema.optional(),
  test_command: commandsSchema.optional(),
  ...commonShape,
  start_patch: z.string().optional(),
  timeouts: partialStageLimitsSchema.optional(),
  environment: environmentSourceSchema.optional(),
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string()).optional(),
});
export type SeedRow = z.infer<typeof seedRowSchema>;

export function fromSeedRow(row: SeedRow, { source, dataset }: RowContext): RepositoryTask {
  const { FAIL_TO_PASS: failToPass = null, PASS_TO_PASS: passToPass = null } = row;
  return {
    benchmark: 'swe',
    taskId: row.task_id,
    group: repositoryName(row.repo),
    repo: row.repo,
    ref: row.ref,
    dataset,
    version: row.version ?? null,
    difficulty: row.difficulty ?? null,
    size: sizeOf(row.patch ?? null, failToPass, passToPass),
    source,
    pytestK: textOf(row.pytest_k),
    install: textOf(row.install),
    testCommand: textOf(row.test_command),
    problemStatement: row.problem_statement ?? null,
    goldPatch: row.patch ?? null,
    testPatch: textOf(row.test_patch),
    startPatch: textOf(row.start_patch),
    failToPass,
    passToPass,
    timeouts: row.timeouts ?? {},
    environment: row.environment ?? null,
    env: row.env ?? {},
    official: false,
  };
}
