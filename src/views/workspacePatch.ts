import * as vscode from 'vscode';
import { applyHunks } from '../presentation/applyHunks';
import type { PatchFile } from '../runner/model';

/** What a patch would do to a folder: the edit, and the files that it does not fit. */
export interface WorkspacePatch {
  readonly edit: vscode.WorkspaceEdit;
  readonly changed: readonly vscode.Uri[];
  readonly conflicts: readonly string[];
}

/** Makes the edit that applies a patch to a folder's files as they are now, also unsaved ones. Undoing it is the editor's. */
export async function planWorkspacePatch(
  folder: vscode.Uri,
  files: readonly PatchFile[],
): Promise<WorkspacePatch> {
  const edit = new vscode.WorkspaceEdit();
  const changed: vscode.Uri[] = [];
  const conflicts: string[] = [];
  for (const file of files) {
    const uri = await planFile(edit, folder, file);
    if (uri === null) conflicts.push(file.newPath ?? file.oldPath ?? '');
    else changed.push(uri);
  }
  return { edit, changed, conflicts };
}

async function planFile(
  edit: vscode.WorkspaceEdit,
  folder: vscode.Uri,
  { oldPath, newPath, text, binary }: PatchFile,
): Promise<vscode.Uri | null> {
  const oldUri = oldPath === null ? null : vscode.Uri.joinPath(folder, oldPath);
  const newUri = newPath === null ? null : vscode.Uri.joinPath(folder, newPath);
  const document = oldUri === null ? null : await openDocument(oldUri);
  if (binary || (oldUri !== null && document === null)) return null;
  // An editor shows one kind of line end; the edit takes on the document's.
  const patched = applyHunks((document?.getText() ?? '').replaceAll('\r\n', '\n'), text);
  if (patched === null) return null;
  if (newUri === null) {
    if (oldUri !== null) edit.deleteFile(oldUri);
    return oldUri;
  }
  if (document === null || oldUri?.path !== newUri.path) {
    if ((await openDocument(newUri)) !== null) return null;
    edit.createFile(newUri, { contents: new TextEncoder().encode(patched) });
    if (oldUri !== null) edit.deleteFile(oldUri);
    return newUri;
  }
  const whole = new vscode.Range(
    new vscode.Position(0, 0),
    document.lineAt(document.lineCount - 1).range.end,
  );
  edit.replace(newUri, whole, patched);
  return newUri;
}

async function openDocument(uri: vscode.Uri): Promise<vscode.TextDocument | null> {
  try {
    return await vscode.workspace.openTextDocument(uri);
  } catch {
    // Not there, or not text: either way the patch does not fit.
    return null;
  }
}
