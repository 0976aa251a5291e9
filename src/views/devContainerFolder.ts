import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { devContainerOf } from '../presentation/devContainer';
import { UserError } from '../presentation/userError';
import type { RepositoryTask } from '../runner/index';

const run = promisify(execFile);
const checkoutLimitMs = 600_000;

/** Neither hooks nor transports that run programs: the repository is anybody's. */
const safeGit = [
  ...['-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'protocol.ext.allow=never'],
];

/** A checkout of the task with a `.devcontainer` folder, below `storage`. One that is there is used as the person left it. */
export async function writeDevContainerFolder(
  task: RepositoryTask,
  storage: vscode.Uri,
  signal: AbortSignal,
): Promise<vscode.Uri> {
  const folder = path.join(storage.fsPath, 'containers', task.taskId.replace(/[^\w.-]+/g, '_'));
  const uri = vscode.Uri.file(folder);
  const target = path.join(folder, '.devcontainer', 'devcontainer.json');
  // Written last: where it is, the checkout was finished.
  if (await isThere(vscode.Uri.file(target))) return uri;
  await mkdir(folder, { recursive: true });
  await checkOut(task, folder, signal);
  await mkdir(path.dirname(target), { recursive: true });
  const description = devContainerOf(task);
  if (description !== null) await writeFile(target, `${JSON.stringify(description, null, 2)}\n`);
  else if (task.environment?.kind === 'devcontainer')
    await cp(task.environment.devcontainer, target);
  return uri;
}

async function checkOut(task: RepositoryTask, cwd: string, signal: AbortSignal): Promise<void> {
  const git = (...args: readonly string[]): Promise<unknown> =>
    run('git', [...safeGit, ...args], {
      cwd,
      signal,
      timeout: checkoutLimitMs,
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    });
  try {
    await git('init', '--quiet');
    // History is for the person who opens it; an agent's sandbox is made elsewhere, and without it.
    await git('fetch', '--quiet', '--tags', task.repo, '+refs/heads/*:refs/remotes/origin/*');
    await git('checkout', '--quiet', '--detach', task.ref);
  } catch (error) {
    await vscode.workspace.fs.delete(vscode.Uri.file(cwd), { recursive: true });
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      vscode.l10n.t('The repository of {0} could not be checked out: {1}', task.taskId, reason),
    );
  }
}

async function isThere(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
