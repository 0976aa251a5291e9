import * as z from 'zod';
import type { OfficialColumns, RepositoryTask } from '../repositoryTask';
import { evalTypeSchema } from '../repositoryTask';
import type { RowContext } from './columns';
import {
  commitSchema,
  commonShape,
  ownerAndNameSchema,
  sizeOf,
  taskIdSchema,
  textOf,
} from './columns';

/** A row of SWE-bench (Full, Lite, Verified, Multilingual), of before version 5 or after. The others build on it. */
export const sweBenchRowSchema = z.looseObject({
  instance_id: taskIdSchema,
  repo: ownerAndNameSchema,
  base_commit: commitSchema,
  ...commonShape,
  created_at: z.string().nullish(),
  environment_setup_commit: z.string().nullish(),
  image: z.string().nullish(),
  eval_script: z.string().nullish(),
  log_parser: z.string().nullish(),
  eval_type: evalTypeSchema.nullish(),
});
export type SweBenchRow = z.infer<typeof sweBenchRowSchema>;

/** https://github.com/SWE-bench/SWE-bench: the naming rule of its prebuilt images. */
export function officialImageName(instanceId: string): string {
  return `swebench/sweb.eval.x86_64.${instanceId.replaceAll('__', '_1776_').toLowerCase()}:latest`;
}

export function fromSweBenchRow(row: SweBenchRow, context: RowContext): RepositoryTask {
  return officialTask(row, context, {
    image: row.image ?? officialImageName(row.instance_id),
    columns: { kind: 'swe-bench' },
  });
}

/** What a relative of SWE-bench has in common with it; what it has of its own is given beside. */
export function officialTask(
  row: SweBenchRow,
  { source, dataset }: RowContext,
  own: {
    readonly image: string | null;
    readonly workdir?: string;
    readonly columns: Pick<OfficialColumns, 'kind'> & Partial<OfficialColumns>;
    readonly task?: Partial<RepositoryTask>;
  },
): RepositoryTask {
  const { FAIL_TO_PASS: failToPass = null, PASS_TO_PASS: passToPass = null } = row;
  return {
    benchmark: 'swe',
    taskId: row.instance_id,
    group: row.repo,
    repo: `https://github.com/${row.repo}`,
    ref: row.base_commit,
    dataset,
    version: row.version ?? null,
    difficulty: row.difficulty ?? null,
    size: sizeOf(row.patch ?? null, failToPass, passToPass),
    source,
    pytestK: null,
    install: null,
    testCommand: null,
    problemStatement: row.problem_statement ?? null,
    goldPatch: row.patch ?? null,
    testPatch: textOf(row.test_patch),
    startPatch: null,
    failToPass,
    passToPass,
    timeouts: { clone: 600, install: 1800, apply: 60, test: 1800, total: 7200 },
    environment:
      own.image === null
        ? null
        : { kind: 'image', image: own.image, workdir: own.workdir ?? '/testbed' },
    env: {},
    ...own.task,
    official: true,
    officialColumns: { ...columnsOf(row), ...own.columns },
  };
}

function columnsOf(row: SweBenchRow): Omit<OfficialColumns, 'kind'> {
  return {
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
  };
}
