import * as vscode from 'vscode';
import type { TaskValidation } from '../../runner/index';
import type { ReportedStates } from './reportSource';

export type ExportFormat = 'md' | 'csv' | 'json';

const formats: Readonly<Record<ExportFormat, string>> = {
  md: 'Markdown',
  csv: 'CSV',
  json: 'JSON',
};

/** Asks where to, and writes the report of a run, or of two that are compared, there. */
export async function exportReport(
  states: ReportedStates,
  options: {
    /** Offered first; what the file's name ends in decides. */
    readonly format: ExportFormat | undefined;
    /** Of tasks that the report may leave out. */
    readonly validations: readonly TaskValidation[];
  },
): Promise<void> {
  const { format = 'md', validations } = options;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `${states.map(({ plan }) => plan?.run_id ?? 'run').join('_vs_')}.${format}`;
  const others = Object.entries(formats).filter(([ending]) => ending !== format);
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Report'),
    saveLabel: vscode.l10n.t('Export'),
    filters: Object.fromEntries(
      [[format, formats[format]] as const, ...others].map(([ending, label]) => [label, [ending]]),
    ),
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (uri === undefined) return;
  await writeReport(states, { uri, validations });
  const open = vscode.l10n.t('Open');
  const message = vscode.l10n.t('The report was exported.');
  void vscode.window.showInformationMessage(message, open).then(async (chosen) => {
    if (chosen === open) await vscode.window.showTextDocument(uri);
  });
}

/** Writes a report in the form that the file's name ends in; Markdown for any other. */
export async function writeReport(
  states: ReportedStates,
  options: { readonly uri: vscode.Uri; readonly validations: readonly TaskValidation[] },
): Promise<void> {
  const { uri, validations } = options;
  // Loaded when something is exported: most sessions never do.
  const [{ reportAsCsv, reportAsJson, reportAsMarkdown }, { badTasks, reportOf }] =
    await Promise.all([
      import('../../presentation/reportFormats'),
      import('../../presentation/runReport'),
    ]);
  const exclude = badTasks(validations);
  const report = reportOf(states, { stable: false, compare: states.length > 1, exclude });
  const form = uri.path.endsWith('.csv')
    ? reportAsCsv
    : uri.path.endsWith('.json')
      ? reportAsJson
      : reportAsMarkdown;
  await vscode.workspace.fs.writeFile(uri, Buffer.from(form(report)));
}
