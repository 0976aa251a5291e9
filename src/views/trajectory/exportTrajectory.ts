import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as vscode from 'vscode';
import { withCancel } from '../cancellation';
import type { Core } from '../core';
import type { TrialRef } from '../trialContent';

export type ExportFormat = 'markdown' | 'jsonl';

/** Asks where to, and writes a trial's trajectory there: what the file's name ends in decides the form. */
export async function exportTrajectory(core: Core, trial: TrialRef): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `${trial.trialId}.md`;
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Trajectory'),
    saveLabel: vscode.l10n.t('Export'),
    filters: { Markdown: ['md'], 'JSON Lines': ['jsonl'] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (uri === undefined) return;
  await writeTrajectory(core, trial, { uri });
  const open = vscode.l10n.t('Open');
  const message = vscode.l10n.t('The trajectory was exported.');
  void vscode.window.showInformationMessage(message, open).then(async (chosen) => {
    if (chosen === open) await vscode.window.showTextDocument(uri);
  });
}

/** Writes the trajectory piece by piece, however long it is. A file that was not written to its end is removed. */
export async function writeTrajectory(
  core: Core,
  { run, trialId }: TrialRef,
  { uri }: { readonly uri: vscode.Uri },
): Promise<void> {
  const format: ExportFormat = uri.path.endsWith('.jsonl') ? 'jsonl' : 'markdown';
  const runner = await core.runner();
  await withCancel(vscode.l10n.t('Exporting the trajectory…'), async (signal) => {
    const pieces = runner.exportTrajectory(run.listing.runDir, trialId, format, { signal });
    if (uri.scheme !== 'file') {
      // File systems of the editor take a file as a whole only.
      const all: string[] = [];
      for await (const piece of pieces) all.push(piece);
      await vscode.workspace.fs.writeFile(uri, Buffer.from(all.join('')));
      return;
    }
    try {
      await pipeline(Readable.from(pieces), createWriteStream(uri.fsPath), { signal });
    } catch (error) {
      await rm(uri.fsPath, { force: true });
      throw error;
    }
  });
}
