import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { devContainerOf } from '../presentation/devContainer';
import { UserError } from '../presentation/userError';
import type { RepositoryTask } from '../runner/index';

const run = promisify(execFile);
const checkoutLimitMs = 300_000;

/** A checkout of the task with a `.devcontainer` folder, below `storage`. One that is there is used as the person left it. */
export async function writeDevContainerFolder(
  task: RepositoryTask,
  storage: vscode.Uri,
): Promise<vscode.Uri> {
  const folder = path.join(storage.fsPath, 'containers', task.taskId.replace(/[^\w.-]+/g, '_'));
  const uri = vscode.Uri.file(folder);
  if (await isThere(vscode.Uri.joinPath(uri, '.git'))) return uri;
  await mkdir(folder, { recursive: true });
  await checkOut(task, folder);
  const target = path.join(folder, '.devcontainer', 'devcontainer.json');
  await mkdir(path.dirname(target), { recursive: true });
  const description = devContainerOf(task);
  if (description !== null) await writeFile(target, `${JSON.stringify(description, null, 2)}\n`);
  else if (task.environment?.kind === 'devcontainer')
    await cp(task.environment.devcontainer, target);
  return uri;
}

async function checkOut(task: RepositoryTask, folder: string): Promise<void> {
  try {
    await git(folder, 'init', '--quiet');
    // History is for the person who opens it; an agent's sandbox is made elsewhere, and without it.
    await git(
      folder,
      'fetch',
      '--quiet',
      '--tags',
      task.repo,
      '+refs/heads/*:refs/remotes/origin/*',
    );
    await git(folder, 'checkout', '--quiet', '--detach', task.ref);
  } catch (error) {
    await vscode.workspace.fs.delete(vscode.Uri.file(folder), { recursive: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      vscode.l10n.t('The repository of {0} could not be checked out: {1}', task.taskId, reason),
    );
  }
}

/** git with neither hooks nor prompts nor transports that run programs: the repository is anybody's. */
async function git(cwd: string, ...args: readonly string[]): Promise<void> {
  const safe = [
    '-c',
    'core.hooksPath=/dev/null',
    '-c',
    'core.fsmonitor=false',
    '-c',
    'protocol.ext.allow=never',
  ];
  await run('git', [...safe, ...args], {
    cwd,
    timeout: checkoutLimitMs,
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
  });
}

async function isThere(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
