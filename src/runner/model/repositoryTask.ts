import * as z from 'zod';
import type { EnvironmentSource } from './environmentSource';
import type { PartialStageLimits } from './limits';
import type { Task } from './task';

/** `fail_only`: the parser of the log records failures only, so a test that is missing passed. */
export const evalTypeSchema = z.enum(['pass_and_fail', 'fail_only']);
export type EvalType = z.infer<typeof evalTypeSchema>;

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
