import path from 'node:path';
import * as vscode from 'vscode';
import { plural } from '../../presentation/format';
import { parseGitDocument } from '../../presentation/gitDocument';
import { toRunConfig } from '../../presentation/runSettings';
import { UserError } from '../../presentation/userError';
import type { Commit } from '../../runner/index';
import { withCancel } from '../../views/cancellation';
import { requireTrust } from '../ask';
import type { CommandContract, FixArgument } from '../contract';
import type { Services } from '../services';

const seedFile = 'seed_tasks.jsonl';

/** How often the tests are run before and after the fix, to leave flaky ones out. */
const repeat = 3;

/** Makes a task of a commit of this workspace that mended something, and adds it to the workspace's seed file. */
export function createFromCommit(
  services: Services,
): CommandContract['benchyard.tasks.createFromCommit'] {
  return async (argument = {}) => {
    requireTrust();
    const given = argument instanceof vscode.Uri ? fixOfDocument(argument) : argument;
    const repo = given.repo ?? (await askRepository());
    if (repo === undefined) return;
    const commit = given.commit ?? (await askCommit(services, repo));
    if (commit === undefined) return;
    const install = given.install ?? (await askInstall());
    if (install === undefined) return;
    const title = vscode.l10n.t('Running the tests before and after {0}', commit.slice(0, 7));
    const { row, flaky, file } = await withCancel(title, async (signal) => {
      const runner = await services.core.runner();
      const { timeouts, sandbox } = toRunConfig(services.config.run, {});
      const query = {
        repo,
        commit,
        repeat,
        ...(install === '' ? {} : { install }),
        config: {
          ...(timeouts === undefined ? {} : { timeouts }),
          ...(sandbox === undefined ? {} : { sandbox }),
        },
      };
      const made = await runner.taskFromCommit(query, { signal });
      const place = path.join(repo, seedFile);
      await runner.addTask(place, made.row, { signal });
      return { ...made, file: place };
    });
    await showLastLine(file);
    await services.tasks.refresh();
    const added = vscode.l10n.t('The task {0} was added.', String(row['task_id']));
    const left =
      flaky.length === 0
        ? ''
        : ` ${vscode.l10n.t('{0} left out, since they come to different ends.', plural(flaky.length, 'test'))}`;
    // Nobody has to answer, so nothing waits for it.
    void vscode.window.showInformationMessage(`${added}${left}`);
  };
}

/** The commit of the document that is shown: one that the history or timeline opened. */
function fixOfDocument({ query }: vscode.Uri): FixArgument {
  const document = parseGitDocument(query);
  const folder =
    document === null
      ? undefined
      : vscode.workspace.getWorkspaceFolder(vscode.Uri.file(document.path));
  if (document === null || folder === undefined)
    throw new UserError(vscode.l10n.t('This document is not of a commit of this workspace.'));
  return { repo: folder.uri.fsPath, commit: document.commit };
}

async function askRepository(): Promise<string | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(
    ({ uri }) => uri.scheme === 'file',
  );
  if (folders.length === 0)
    throw new UserError(vscode.l10n.t('Open a folder with a git repository first.'));
  const chosen =
    folders.length === 1
      ? folders[0]
      : await vscode.window.showWorkspaceFolderPick({
          placeHolder: vscode.l10n.t('Repository of the fix'),
        });
  return chosen?.uri.fsPath;
}

async function askCommit({ core }: Services, repo: string): Promise<string | undefined> {
  const runner = await core.runner();
  const { signal } = new AbortController();
  const items = (await runner.recentCommits(repo, { signal })).map((commit) => ({
    label: commit.subject,
    description: commit.sha.slice(0, 7),
    detail: `${commit.author}, ${dayOf(commit)}`,
    commit,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Create Task from Commit'),
    placeHolder: vscode.l10n.t('Commit that mended something, with its tests'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.commit.sha;
}

function dayOf({ time }: Commit): string {
  return new Date(time).toLocaleDateString();
}

/** Empty: nothing has to be installed; undefined: the user left. */
function askInstall(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Create Task from Commit'),
    prompt: vscode.l10n.t('How the project is installed in its sandbox; empty for not at all'),
    placeHolder: 'pip install -e .',
    ignoreFocusOut: true,
  });
}

async function showLastLine(file: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(file);
  const line = document.lineAt(Math.max(0, document.lineCount - 2)).range;
  await vscode.window.showTextDocument(document, {
    selection: new vscode.Range(line.start, line.start),
  });
}
