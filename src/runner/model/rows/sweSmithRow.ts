import * as z from 'zod';
import type { RepositoryTask } from '../repositoryTask';
import { reversePatch } from '../reversePatch';
import type { RowContext } from './columns';
import { sizeOf } from './columns';
import { officialTask, sweBenchRowSchema } from './sweBenchRow';

/** SWE-smith: `patch` makes the bug, so the gold patch is its reverse. */
export const sweSmithRowSchema = sweBenchRowSchema
  .extend({ patch: z.string(), image_name: z.string().min(1) })
  .transform((row, context) => {
    const gold = reversePatch(row.patch);
    if (gold !== null) return { ...row, gold };
    const message = 'expected a text patch that can be reversed';
    context.addIssue({ code: 'custom', path: ['patch'], message });
    return z.NEVER;
  });

export function fromSweSmithRow(
  row: z.infer<typeof sweSmithRowSchema>,
  context: RowContext,
): RepositoryTask {
  const { FAIL_TO_PASS: failToPass = null, PASS_TO_PASS: passToPass = null } = row;
  return officialTask(row, context, {
    image: row.image_name,
    columns: { kind: 'swe-smith' },
    task: {
      goldPatch: row.gold,
      startPatch: row.patch,
      size: sizeOf(row.gold, failToPass, passToPass),
    },
  });
}
