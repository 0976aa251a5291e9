import * as z from 'zod';
import type { RepositoryTask } from '../repositoryTask';
import type { RowContext } from './columns';
import { stringListSchema, textOf } from './columns';
import { officialTask, sweBenchRowSchema } from './sweBenchRow';

/** SWE-bench Pro: the names of its lists are in small letters, and they are lists as Python prints them. */
export const sweBenchProRowSchema = sweBenchRowSchema.extend({
  fail_to_pass: stringListSchema.optional(),
  pass_to_pass: stringListSchema.optional(),
  before_repo_set_cmd: z.string().nullish(),
  selected_test_files_to_run: stringListSchema,
  dockerhub_tag: z.string().nullish(),
  requirements: z.string().nullish(),
  interface: z.string().nullish(),
});

export function fromSweBenchProRow(
  row: z.infer<typeof sweBenchProRowSchema>,
  context: RowContext,
): RepositoryTask {
  const tag = textOf(row.dockerhub_tag);
  const lists = {
    FAIL_TO_PASS: row.fail_to_pass ?? row.FAIL_TO_PASS,
    PASS_TO_PASS: row.pass_to_pass ?? row.PASS_TO_PASS,
  };
  return officialTask({ ...row, ...lists }, context, {
    image: tag === null ? null : `jefzda/sweap-images:${tag}`,
    workdir: '/app',
    columns: {
      kind: 'swe-bench-pro',
      // The lines before it check the repository out, which is done already.
      setupCommand: textOf(row.before_repo_set_cmd?.trim().split('\n').at(-1)),
      testFiles: row.selected_test_files_to_run,
      unsupported:
        'SWE-bench Pro runs its tests and reads their logs with scripts of each instance, which are not part of its rows',
    },
    task: { problemStatement: statementOf(row) },
  });
}

/** What its agents are told: the statement, and what the tests expect besides. */
function statementOf(row: z.infer<typeof sweBenchProRowSchema>): string | null {
  const parts = [
    textOf(row.problem_statement),
    headed('Requirements', row.requirements),
    headed('Interface', row.interface),
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join('\n\n');
}

function headed(title: string, text: string | null | undefined): string | null {
  const given = textOf(text);
  return given === null ? null : `## ${title}\n\n${given}`;
}
