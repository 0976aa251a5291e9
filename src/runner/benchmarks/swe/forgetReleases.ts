import * as z from 'zod';
import type { RepositoryTask } from '../../model';
import { repositoryName } from '../../model';
import type { Sandbox, SandboxCallOptions } from '../../sandbox/sandbox';
import forgetScript from './sandboxed/forget_releases.py';

const limitMs = 60_000;

/**
 * Removes from a builder what could show an agent the fix: releases of the project other than the repository's own (a
 * dependency may have brought a newer one) and what installers keep. A release that was installed from the repository
 * itself stays.
 *
 * @returns what was removed, in words: `requests-2.32.0.dist-info in /usr/lib/python3/dist-packages`
 */
export async function forgetReleases(
  task: Pick<RepositoryTask, 'repo'>,
  builder: Sandbox,
  { signal }: SandboxCallOptions,
): Promise<readonly string[]> {
  const exec = await builder.exec(
    ['python3', '-ISE', '-c', forgetScript, builder.workdir, repositoryName(task.repo)],
    { timeoutMs: limitMs, signal },
  );
  if (exec.exitCode !== 0) {
    const said = Buffer.from(exec.stderr).toString('utf8').trim().split('\n').pop();
    throw new Error(
      `the environment could not be searched for releases of the project: ${said ?? exec.cause}`,
    );
  }
  return z.array(z.string()).parse(JSON.parse(Buffer.from(exec.stdout).toString('utf8')));
}
