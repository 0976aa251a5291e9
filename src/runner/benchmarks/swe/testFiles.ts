import type { RepositoryTask } from '../../model';
import { isTestPath, parsePatch, pathOf, RunnerError } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { StageContext } from '../benchmark';
import { applyPatch } from './applyPatch';

/** Applies a task's test patch: where it does not apply, the task itself is at fault. */
export async function applyTestPatch(
  task: RepositoryTask,
  testPatch: string,
  { stage, sandbox }: { readonly stage: StageContext; readonly sandbox: Sandbox },
): Promise<void> {
  if (testPatch.trim() === '') return;
  const applied = await applyPatch(stage, sandbox, { patch: testPatch, limits: null });
  if (!applied.ok || !('how' in applied.value)) {
    const why = applied.ok && 'detail' in applied.value ? applied.value.detail : 'it did not end';
    throw new RunnerError(
      'invalid-task',
      `The test patch of "${task.taskId}" cannot be applied: ${why}`,
    );
  }
}

/** The files that hold the tests which decide: those of the test lists, else those of the test patch, else all. */
export function testFilesOf(task: RepositoryTask, testPatch: string): readonly string[] {
  const listed = [...(task.failToPass ?? []), ...(task.passToPass ?? [])]
    .filter((id) => id.includes('::'))
    .map((id) => id.slice(0, id.indexOf('::')));
  const patched = parsePatch(testPatch)
    .filter((file) => file.newPath !== null)
    .map(pathOf)
    .filter((path) => isTestPath(path) && /(^|\/)(test_[^/]*|[^/]*_test)\.py$/.test(path));
  return [...new Set(listed.length > 0 ? listed : task.failToPass === null ? [] : patched)];
}
