import { createHash } from 'node:crypto';
import type { RepositoryTask } from '../../model';
import { RunnerError } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import startPatchScript from './sandboxed/start_patch.sh';

const timeoutMs = 300_000;
/** How the script says that the patch does not fit. */
const doesNotApply = 3;

/** What an environment depends on besides all else, when a patch makes its bug. */
export function startPatchKey({ startPatch }: RepositoryTask): readonly string[] {
  if (startPatch === null) return [];
  return ['start-patch/1', createHash('sha256').update(startPatch).digest('hex')];
}

/**
 * Makes the bug of a task that no commit has. Nothing of the repository as it was before stays, since that is the fix.
 *
 * @throws `invalid-task` when the patch does not apply to the task's commit
 */
export async function applyStartPatch(
  { taskId, startPatch }: RepositoryTask,
  sandbox: Sandbox,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  if (startPatch === null) return;
  const exec = await sandbox.exec(['/bin/sh', '-c', startPatchScript], {
    stdin: Buffer.from(startPatch),
    timeoutMs,
    signal,
  });
  if (exec.exitCode === 0) return;
  const said = Buffer.from(exec.stderr).toString('utf8').trim();
  if (exec.exitCode === doesNotApply)
    throw new RunnerError(
      'invalid-task',
      `The patch that makes the bug of "${taskId}" does not apply to its commit: ${said}`,
    );
  throw new Error(`the bug of ${taskId} could not be made: ${said}`);
}
