import type { RepositoryTask } from '../../model';
import { RunnerError } from '../../model';
import type { EnvironmentSpec, Sandbox } from '../../sandbox/sandbox';
import type { StageOutcome, TrialContext } from '../benchmark';
import { forgetReleases } from './forgetReleases';
import settleScript from './sandboxed/settle_image.sh';

/** How the script says that the image does not fit the task. */
const unusableStatus = 3;

/** Whether the task's repository comes with its image, at the base commit and installed, as in the datasets' own images. */
export function holdsRepository(task: RepositoryTask, spec: EnvironmentSpec): boolean {
  return task.official && spec.source?.kind === 'image';
}

/** What the prepared environment depends on besides its image. */
export function imageFingerprint(task: RepositoryTask): readonly string[] {
  return ['swe-image/1', task.ref];
}

/**
 * Makes an image that came with the repository fit for an agent: the history after the base commit goes, and with it
 * everything that could lead there (refs, remotes, reflogs, borrowed objects, other copies); what the image itself
 * changed in the files becomes part of the environment. Nothing is fetched. Says when there was nothing to do.
 *
 * @throws `image-unsuitable` when the repository in the image is not at the task's base commit
 */
export async function prepareOfficialImage(
  task: RepositoryTask,
  builder: Sandbox,
  trial: TrialContext,
): Promise<StageOutcome<'unchanged' | null>> {
  return await trial.stage('clone', trial.limits.clone, async (stage) => {
    const exec = await stage.exec(builder, ['/bin/sh', '-c', settleScript, 'sh', task.ref]);
    const said = Buffer.from(exec.stderr).toString('utf8').trim();
    if (exec.exitCode === unusableStatus) {
      throw new RunnerError(
        'image-unsuitable',
        `The image of "${task.taskId}" cannot be used: ${said}.`,
      );
    }
    if (exec.cause !== 'exited' || exec.exitCode !== 0) {
      const cause = exec.cause === 'exited' || exec.cause === 'signalled' ? 'failed' : exec.cause;
      return { ok: false, cause, exitCode: exec.exitCode, detail: said };
    }
    const lines = Buffer.from(exec.stdout).toString('utf8').trim().split('\n');
    for (const line of lines) if (line.startsWith('note: ')) trial.note(line.slice(6));
    const forgotten = await forgetReleases(task, builder, stage);
    if (forgotten.length > 0)
      trial.note(
        `removed from the environment, so that nobody reads the fix there: ${forgotten.join(', ')}`,
      );
    const unchanged = lines.at(-1) === 'unchanged' && forgotten.length === 0;
    return { ok: true, value: unchanged ? 'unchanged' : null, exitCode: 0 };
  });
}
