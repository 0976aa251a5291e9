import type { TaskValidation } from '../../runner/index';
import type { Core } from '../core';

/** What validation found of the tasks of some runs, as they were when the runs started. */
export async function validationsOf(
  core: Core,
  runDirs: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly TaskValidation[]> {
  const runner = await core.runner();
  const found = new Map<string, TaskValidation>();
  for (const runDir of runDirs) {
    const tasks = await runner.readRunTasks(runDir, { signal });
    const validations = await runner.readValidations(tasks, { signal });
    for (const [id, validation] of validations) found.set(id, validation);
  }
  return [...found.values()];
}
