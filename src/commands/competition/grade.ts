import path from 'node:path';
import * as vscode from 'vscode';
import { withCancel } from '../../views/cancellation';
import { documentUri } from '../../views/documents';
import { requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { showMarkdown } from '../task/openStatement';
import { askCompetition } from './askCompetitions';

/** Grades a CSV file against the answers of a competition, and shows what it is worth. */
export function gradeSubmission(
  services: Services,
): CommandContract['benchyard.competition.grade'] {
  return async (place, file) => {
    requireTrust();
    const given =
      place instanceof vscode.Uri ? place : file instanceof vscode.Uri ? file : undefined;
    const question = {
      title: vscode.l10n.t('Grade Submission'),
      placeHolder: vscode.l10n.t('Competition that the submission is for'),
      suits: ({ prepared }: { readonly prepared: unknown }) => prepared !== null,
      nothing: vscode.l10n.t('No competition is prepared yet: “Prepare Competition…” does it.'),
    };
    const node = place instanceof vscode.Uri ? undefined : place;
    const competition = await askCompetition(services, question, node);
    if (competition === undefined) return;
    const csv = given ?? (await askCsv(competition.id));
    if (csv === undefined) return;
    const title = vscode.l10n.t('Grading {0}', path.basename(csv.fsPath));
    const grade = await withCancel(title, (signal, onProgress) =>
      services.grades.grade(csv.fsPath, competition.id, { signal, onProgress }),
    );
    const name = vscode.l10n.t('Grade of {0}', path.basename(csv.fsPath));
    await showMarkdown(documentUri({ kind: 'grade', grade }, name));
  };
}

async function askCsv(competition: string): Promise<vscode.Uri | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Submission for {0}', competition),
      openLabel: vscode.l10n.t('Grade'),
      filters: { CSV: ['csv'] },
    })) ?? [];
  return uri;
}
