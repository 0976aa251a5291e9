import * as z from 'zod';
import type { EnvironmentSource } from './environmentSource';
import { environmentSourceSchema } from './environmentSource';
import type { PartialStageLimits } from './limits';
import { partialStageLimitsSchema } from './limits';
import type { Task, TaskSize, TaskSource } from './task';

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
  version: z.union([z.string(), z.number().transform(String)]).nullish(),
  difficulty: z.string().nullish(),
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
  created_at: z.string().nullish(),
  environment_setup_commit: z.string().nullish(),
  image: z.string().nullish(),
  eval_script: z.string().nullish(),
  log_parser: z.string().nullish(),
  eval_type: evalTypeSchema.nullish(),
});
export type SweInstanceRow = z.infer<typeof sweInstanceRowSchema>;

/** Which dataset's shape a row has. SWE-bench's own rows and Multilingual's are one. */
export const rowKindSchema = z.enum([
  'swe-bench',
  'swe-smith',
  'swe-rebench',
  'swe-gym',
  'swe-bench-pro',
  'multi-swe-bench',
]);
export type RowKind = z.infer<typeof rowKindSchema>;

/** What only official environments and official grading read of an instance row. */
export interface OfficialColumns {
  readonly kind: RowKind;
  /** `owner/name` */
  readonly repository: string;
  /** When the fix was proposed, as the row has it: an ISO date in most. */
  readonly createdAt: string | null;
  /** The commit whose requirements the environment is built from. */
  readonly environmentSetupCommit: string | null;
  /** Whole, as bash runs it in the official image. */
  readonly evalScript: string | null;
  /** As the row names it: `parse_log_django`. */
  readonly logParser: string | null;
  readonly evalType: EvalType;
  /** How SWE-rebench builds the environment (`python`, `install`, `pip_packages`, …), as the row has it. */
  readonly installConfig: Readonly<Record<string, unknown>> | null;
  /** To be run in the repository before the tests (SWE-bench Pro). */
  readonly setupCommand: string | null;
  /** The test files to run, where the row names them (SWE-bench Pro). */
  readonly testFiles: readonly string[] | null;
  /** Why its official evaluation cannot be graded here, for people; null: it can. */
  readonly unsupported: string | null;
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
  /** Applied to `ref` before anything else: what makes the bug, where no commit has it (SWE-smith). */
  readonly startPatch: string | null;
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

function datasetOf({ file }: TaskSource): string {
  return file === '' ? 'given directly' : (file.split(/[/\\]/).pop() ?? file);
}

function sizeOf(row: Pick<SeedRow, 'patch' | 'FAIL_TO_PASS' | 'PASS_TO_PASS'>): TaskSize {
  const { patch, FAIL_TO_PASS: failToPass, PASS_TO_PASS: passToPass } = row;
  return {
    patchLines:
      patch?.match(/^(?:\+(?!\+\+ )|-(?!-- ))/gm)?.length ?? (patch === undefined ? null : 0),
    tests: failToPass === undefined ? null : failToPass.length + (passToPass?.length ?? 0),
  };
}

function fromSeedRow(row: SeedRow, source: TaskSource): RepositoryTask {
  return {
    benchmark: 'swe',
    taskId: row.task_id,
    group: repositoryName(row.repo),
    repo: row.repo,
    ref: row.ref,
    dataset: datasetOf(source),
    version: row.version ?? null,
    difficulty: row.difficulty ?? null,
    size: sizeOf(row),
    source,
    pytestK: row.pytest_k?.trim() ? row.pytest_k : null,
    install: row.install?.trim() ? row.install : null,
    testCommand: row.test_command?.trim() ? row.test_command : null,
    problemStatement: row.problem_statement ?? null,
    goldPatch: row.patch ?? null,
    testPatch: row.test_patch?.trim() ? row.test_patch : null,
    startPatch: null,
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
    dataset: datasetOf(source),
    version: row.version ?? null,
    difficulty: row.difficulty ?? null,
    size: sizeOf(row),
    source,
    pytestK: null,
    install: null,
    testCommand: null,
    problemStatement: row.problem_statement ?? null,
    goldPatch: row.patch ?? null,
    testPatch: row.test_patch?.trim() ? row.test_patch : null,
    startPatch: null,
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
      kind: 'swe-bench',
      repository: row.repo,
      createdAt: row.created_at ?? null,
      environmentSetupCommit: row.environment_setup_commit ?? null,
      evalScript: row.eval_script ?? null,
      logParser: row.log_parser ?? null,
      evalType: row.eval_type ?? 'pass_and_fail',
      installConfig: null,
      setupCommand: null,
      testFiles: null,
      unsupported: null,
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
