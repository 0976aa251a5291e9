import * as z from 'zod';
import type { EnvironmentSource } from './environmentSource';
import { environmentSourceSchema } from './environmentSource';
import type { PartialStageLimits } from './limits';
import { partialStageLimitsSchema } from './limits';
import type { Task, TaskSource } from './task';

/** SWE-bench writes its test lists as JSON in a string, other datasets as lists. */
const testListSchema = z.union(
  [
    z.array(z.string()),
    z.string().transform((text, context) => {
      try {
        return z.array(z.string()).parse(JSON.parse(text));
      } catch {
        context.addIssue({
          code: 'custom',
          message: 'expected a JSON list of test ids in the string',
        });
        return z.NEVER;
      }
    }),
  ],
  { error: 'expected a list of test ids, or a string that holds one as JSON' },
);

const taskIdSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\u0000-\u001f]*$/u, 'expected no control characters');
const repositorySchema = z
  .string()
  .min(1)
  // git reads `-x` as an option and `ext::` as a command to run.
  .regex(/^(?!-)(?!ext::)(?!fd::)[^\u0000-\u001f]+$/u, 'expected a URL or a path');
const refSchema = z
  .string()
  .min(1)
  .regex(/^(?!-)[^\u0000-\u0020~^:?*[\\]+$/u, 'expected a commit, tag or branch name');
const commandsSchema = z.union(
  [z.string(), z.array(z.string()).transform((all) => all.join(' && '))],
  {
    error: 'expected a command line, or a list of them',
  },
);

const commonShape = {
  problem_statement: z.string().optional(),
  patch: z.string().optional(),
  test_patch: z.string().optional(),
  FAIL_TO_PASS: testListSchema.optional(),
  PASS_TO_PASS: testListSchema.optional(),
};

/** A line of a seed file. Keys that are not named here are accepted and ignored. */
export const seedRowSchema = z.looseObject({
  task_id: taskIdSchema,
  repo: repositorySchema,
  ref: refSchema,
  pytest_k: z.string().optional(),
  install: commandsSchema.optional(),
  test_command: commandsSchema.optional(),
  ...commonShape,
  timeouts: partialStageLimitsSchema.optional(),
  environment: environmentSourceSchema.optional(),
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string()).optional(),
});
export type SeedRow = z.infer<typeof seedRowSchema>;

/** `fail_only`: the parser of the log records failures only, so a test that is missing passed. */
export const evalTypeSchema = z.enum(['pass_and_fail', 'fail_only']);
export type EvalType = z.infer<typeof evalTypeSchema>;

/** A row of SWE-bench and its closest relatives, as their datasets have it. */
export const sweInstanceRowSchema = z.looseObject({
  instance_id: taskIdSchema,
  repo: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'expected owner/name'),
  base_commit: z.string().regex(/^[0-9a-f]{7,40}$/, 'expected a commit hash'),
  ...commonShape,
  version: z.union([z.string(), z.number().transform(String)]).nullish(),
  difficulty: z.string().nullish(),
  image: z.string().nullish(),
  eval_script: z.string().nullish(),
  log_parser: z.string().nullish(),
  eval_type: evalTypeSchema.nullish(),
});
export type SweInstanceRow = z.infer<typeof sweInstanceRowSchema>;

/** What only official environments and official grading read of an instance row. */
export interface OfficialColumns {
  /** `owner/name` */
  readonly repository: string;
  readonly version: string | null;
  readonly difficulty: string | null;
  readonly evalScript: string | null;
  /** As the row names it: `parse_log_django`. */
  readonly logParser: string | null;
  readonly evalType: EvalType;
}

/** A task on a repository: what both kinds of row become, once. */
export interface RepositoryTask extends Task {
  readonly benchmark: 'swe';
  readonly repo: string;
  readonly ref: string;
  readonly pytestK: string | null;
  readonly install: string | null;
  readonly testCommand: string | null;
  readonly problemStatement: string | null;
  readonly goldPatch: string | null;
  readonly testPatch: string | null;
  readonly failToPass: readonly string[] | null;
  readonly passToPass: readonly string[] | null;
  readonly timeouts: PartialStageLimits;
  readonly environment: EnvironmentSource | null;
  readonly env: Readonly<Record<string, string>>;
  /** A row of an official dataset: its own image, working folder and limits apply. */
  readonly official: boolean;
  /** Where `official`. */
  readonly officialColumns?: OfficialColumns;
}

export function isRepositoryTask(task: Task): task is RepositoryTask {
  return task.benchmark === 'swe';
}

/** The last part of a repository's URL or path, without `.git` or `.bundle`: what people call it. */
export function repositoryName(repo: string): string {
  const last =
    repo
      .replace(/[/\\]+$/, '')
      .split(/[/\\:]/)
      .pop() ?? repo;
  return last.replace(/\.(git|bundle)$/, '') || repo;
}

function fromSeedRow(row: SeedRow, source: TaskSource): RepositoryTask {
  return {
    benchmark: 'swe',
    taskId: row.task_id,
    group: repositoryName(row.repo),
    repo: row.repo,
    ref: row.ref,
    source,
    pytestK: row.pytest_k?.trim() ? row.pytest_k : null,
    install: row.install?.trim() ? row.install : null,
    testCommand: row.test_command?.trim() ? row.test_command : null,
    problemStatement: row.problem_statement ?? null,
    goldPatch: row.patch ?? null,
    testPatch: row.test_patch?.trim() ? row.test_patch : null,
    failToPass: row.FAIL_TO_PASS ?? null,
    passToPass: row.PASS_TO_PASS ?? null,
    timeouts: row.timeouts ?? {},
    environment: row.environment ?? null,
    env: row.env ?? {},
    official: false,
  };
}

/** https://github.com/SWE-bench/SWE-bench: the naming rule of its prebuilt images. */
export function officialImageName(instanceId: string): string {
  return `swebench/sweb.eval.x86_64.${instanceId.replaceAll('__', '_1776_').toLowerCase()}:latest`;
}

function fromSweInstanceRow(row: SweInstanceRow, source: TaskSource): RepositoryTask {
  return {
    benchmark: 'swe',
    taskId: row.instance_id,
    group: row.repo,
    repo: `https://github.com/${row.repo}`,
    ref: row.base_commit,
    source,
    pytestK: null,
    install: null,
    testCommand: null,
    problemStatement: row.problem_statement ?? null,
    goldPatch: row.patch ?? null,
    testPatch: row.test_patch?.trim() ? row.test_patch : null,
    failToPass: row.FAIL_TO_PASS ?? null,
    passToPass: row.PASS_TO_PASS ?? null,
    timeouts: { clone: 600, install: 1800, apply: 60, test: 1800, total: 7200 },
    environment: {
      kind: 'image',
      image: row.image ?? officialImageName(row.instance_id),
      workdir: '/testbed',
    },
    env: {},
    official: true,
    officialColumns: {
      repository: row.repo,
      version: row.version ?? null,
      difficulty: row.difficulty ?? null,
      evalScript: row.eval_script ?? null,
      logParser: row.log_parser ?? null,
      evalType: row.eval_type ?? 'pass_and_fail',
    },
  };
}

/** What is wrong with one line of a task file: the field (`timeouts.clone`, empty for the whole line) and what was expected. */
export interface RowProblem {
  readonly field: string;
  readonly message: string;
}

export type ParsedRow =
  | { readonly ok: true; readonly task: RepositoryTask }
  | { readonly ok: false; readonly problems: readonly RowProblem[] };

/**
 * One parsed JSON value of a task file → a task, or everything that is wrong with it. A row with `instance_id` and
 * without `task_id` is read as SWE-bench's, any other as a seed row.
 */
export function parseRepositoryRow(value: unknown, source: TaskSource): ParsedRow {
  const isInstance =
    typeof value === 'object' && value !== null && 'instance_id' in value && !('task_id' in value);
  if (isInstance) {
    const row = sweInstanceRowSchema.safeParse(value);
    return row.success
      ? { ok: true, task: fromSweInstanceRow(row.data, source) }
      : { ok: false, problems: problemsOf(row.error) };
  }
  const row = seedRowSchema.safeParse(value);
  return row.success
    ? { ok: true, task: fromSeedRow(row.data, source) }
    : { ok: false, problems: problemsOf(row.error) };
}

function problemsOf(error: z.ZodError): readonly RowProblem[] {
  return error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
}
