import * as z from 'zod';

/** Whether a task can tell right from wrong. */
export const taskStateSchema = z.enum([
  'good', // its gold patch resolves it, doing nothing does not
  'broken', // its gold patch does not resolve it, or nothing has to be done
  'flaky', // the same came to different ends
  'unknown', // it could not be tried: the infrastructure failed, or it has no gold patch
]);
export type TaskState = z.infer<typeof taskStateSchema>;

/** What validating a task came to. */
export const taskValidationSchema = z.object({
  task_id: z.string(),
  /** Statuses of the gold patch, of all repeats. */
  gold: z.array(z.string()),
  /** Statuses of doing nothing, of all repeats. */
  empty: z.array(z.string()),
  state: taskStateSchema,
  /** One line for people. */
  detail: z.string(),
});
export type TaskValidation = z.infer<typeof taskValidationSchema>;

/** `<task file>.validation.json`: kept beside the tasks. A task that was changed since has no validation. */
export const validationFileSchema = z.object({
  schema_version: z.literal(1),
  tasks: z.record(
    z.string(),
    taskValidationSchema.extend({
      /** Hash of what the task's outcome depends on. */
      fingerprint: z.string(),
      validated_at: z.iso.datetime(),
    }),
  ),
});
export type ValidationFile = z.infer<typeof validationFileSchema>;

/** One repeat: how the gold patch ended, how doing nothing ended, and which tests passed with the gold patch. */
export interface ValidationRepeat {
  readonly gold: string;
  /** null: the tests before the patch did not run. */
  readonly empty: string | null;
  readonly passed: readonly string[];
}

/** The verdict on a task of its repeats; pure. */
export function validationOf(taskId: string, repeats: readonly ValidationRepeat[]): TaskValidation {
  const gold = repeats.map((repeat) => repeat.gold);
  const empty = repeats.map((repeat) => repeat.empty ?? 'not run');
  const told = (state: TaskState, detail: string): TaskValidation => ({
    task_id: taskId,
    gold,
    empty,
    state,
    detail,
  });
  const untried = gold.find((status) => ['infra_failure', 'cancelled', 'not run'].includes(status));
  if (untried !== undefined || repeats.length === 0)
    return told('unknown', `it could not be tried: ${untried ?? 'not run'}`);
  const ends = new Set(gold);
  if (ends.size > 1) return told('flaky', `the gold patch came to ${[...ends].join(' and ')}`);
  const [end = ''] = ends;
  if (end !== 'passed')
    return told(
      'broken',
      end === 'empty_patch' ? 'it has no gold patch' : `its gold patch is ${end}`,
    );
  if (empty.every((status) => status === 'passed'))
    return told('broken', 'it passes with nothing done');
  if (empty.includes('passed')) return told('flaky', 'it passes sometimes with nothing done');
  const unsteady = sometimes(repeats.map(({ passed }) => passed));
  if (unsteady.length > 0)
    return told('flaky', `tests that pass sometimes: ${unsteady.slice(0, 5).join(', ')}`);
  return told('good', 'its gold patch resolves it, doing nothing does not');
}

/** What is in some of the lists and not in all. */
function sometimes(lists: readonly (readonly string[])[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const list of lists) for (const id of list) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts].filter(([, count]) => count < lists.length).map(([id]) => id);
}
