import * as z from 'zod';
import type { RepositoryTask } from '../repositoryTask';
import type { RowContext } from './columns';
import { textOf } from './columns';
import { officialTask, sweBenchRowSchema } from './sweBenchRow';

const installConfigSchema = z.looseObject({
  // One that fails must not keep the next from running.
  test_cmd: z.union([z.string(), z.array(z.string()).transform((all) => all.join('\n'))]).nullish(),
  log_parser: z.string().nullish(),
});

/** SWE-rebench: how the environment is built and how the tests are run stand in `install_config`. */
export const sweRebenchRowSchema = sweBenchRowSchema.extend({
  install_config: z.union(
    [
      installConfigSchema,
      z.string().transform((text, context) => {
        try {
          return installConfigSchema.parse(JSON.parse(text));
        } catch {
          context.addIssue({ code: 'custom', message: 'expected a JSON object in the string' });
          return z.NEVER;
        }
      }),
    ],
    {
      error: 'expected an object with test_cmd and log_parser, or a string that holds one as JSON',
    },
  ),
  docker_image: z.string().nullish(),
  image_name: z.string().nullish(),
  workdir: z.string().startsWith('/').nullish(),
});

export function fromSweRebenchRow(
  row: z.infer<typeof sweRebenchRowSchema>,
  context: RowContext,
): RepositoryTask {
  const { install_config: installConfig } = row;
  return officialTask(row, context, {
    // Many rows have no image: their environment is built from `install_config`.
    image: textOf(row.docker_image) ?? textOf(row.image_name) ?? textOf(row.image),
    ...(typeof row.workdir === 'string' ? { workdir: row.workdir } : {}),
    columns: {
      kind: 'swe-rebench',
      logParser: installConfig.log_parser ?? row.log_parser ?? null,
      installConfig,
    },
    task: { testCommand: textOf(installConfig.test_cmd) },
  });
}
