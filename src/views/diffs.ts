import * as vscode from 'vscode';
import { baseName } from '../presentation/patchTitles';

/** One file of a comparison; undefined where it does not exist on that side. */
export interface DiffPair {
  readonly path: string;
  readonly left: vscode.Uri | undefined;
  readonly right: vscode.Uri | undefined;
}

/** Names a document without content: the other side of a file that was added or removed. */
const nothing = vscode.Uri.from({ scheme: 'benchyard-nothing', path: '/' });

/** The provider of the empty side. */
export function registerEmptyDocument(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(nothing.scheme, {
    provideTextDocumentContent: () => '',
  });
}

/** Shows one file in the diff editor, several in the multi-file diff editor; asks for one where the editor lacks that. */
export async function openDiff(title: string, pairs: readonly DiffPair[]): Promise<void> {
  const [first] = pairs;
  if (first === undefined) return;
  if (pairs.length === 1) {
    await openOne(title, first);
    return;
  }
  try {
    await vscode.commands.executeCommand(
      'vscode.changes',
      title,
      // The resource is the label of a row: the path as it is in the repository.
      pairs.map((pair) => [pair.right ?? pair.left, pair.left, pair.right]),
    );
  } catch (error) {
    if (!isUnknownCommand(error)) throw error;
    await openPicked(title, pairs);
  }
}

async function openOne(title: string, pair: DiffPair): Promise<void> {
  const empty = nothing.with({ path: `/${pair.path}` });
  await vscode.commands.executeCommand(
    'vscode.diff',
    pair.left ?? empty,
    pair.right ?? empty,
    title,
  );
}

async function openPicked(title: string, pairs: readonly DiffPair[]): Promise<void> {
  const items = pairs.map((pair) => ({ label: baseName(pair.path), description: pair.path, pair }));
  const placeHolder = vscode.l10n.t('File to compare');
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder });
  if (chosen !== undefined) await openOne(`${title}: ${chosen.label}`, chosen.pair);
}

/** Commands that are the editor's own are not in the list of commands, so trying is the only way to know. */
function isUnknownCommand(error: unknown): boolean {
  return error instanceof Error && error.message.includes("'vscode.changes' not found");
}
