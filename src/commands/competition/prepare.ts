import * as vscode from 'vscode';
import { competitionState } from '../../presentation/competitionLabels';
import { plural } from '../../presentation/format';
import { preparedMessage } from '../../presentation/preparedCompetitions';
import type { CompetitionListing } from '../../runner/index';
import { withCancel } from '../../views/cancellation';
import { requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { askCompetitions, rowsOf } from './askCompetitions';

/** Makes the data of competitions ready: generated, downloaded from Kaggle, or from a folder that has it. */
export function prepareCompetition(
  services: Services,
): CommandContract['benchyard.competition.prepare'] {
  return async (node, nodes) => {
    requireTrust();
    const question = {
      title: vscode.l10n.t('Prepare Competition'),
      placeHolder: vscode.l10n.t('Competitions whose data is to be prepared'),
      suits: isPreparable,
      nothing: vscode.l10n.t('Every competition that can be prepared is prepared.'),
    };
    const chosen = await askCompetitions(services, question, rowsOf(node, nodes));
    if (chosen === undefined) return;
    const wanted = chosen.filter(isPreparable);
    if (wanted.length === 0) {
      tellNothing(chosen);
      return;
    }
    const from = await askFrom(wanted);
    if (from !== undefined) await prepare(services, wanted, from);
  };
}

function isPreparable(competition: CompetitionListing): boolean {
  return ['unprepared', 'generated'].includes(competitionState(competition));
}

function tellNothing([first]: readonly CompetitionListing[]): void {
  const isDescribed = first !== undefined && competitionState(first) === 'described';
  void vscode.window.showInformationMessage(
    isDescribed
      ? vscode.l10n.t('{0} is described only: it cannot be prepared yet.', first.id)
      : vscode.l10n.t('Its data is prepared already.'),
  );
}

/** Where raw data comes from; null: from where the competition says. */
async function askFrom(wanted: readonly CompetitionListing[]): Promise<string | null | undefined> {
  if (wanted.every((competition) => competitionState(competition) === 'generated')) return null;
  const folder = vscode.l10n.t('From a Folder…');
  const items = [
    {
      label: vscode.l10n.t('Download from Kaggle'),
      detail: vscode.l10n.t('Needs a token of Kaggle, and the rules accepted on its page'),
    },
    {
      label: folder,
      detail: vscode.l10n.t('Raw data that is there already, as Kaggle hands it out'),
    },
  ];
  const title = vscode.l10n.t('Prepare {0}', plural(wanted.length, 'Competition'));
  const chosen = await vscode.window.showQuickPick(items, { title });
  if (chosen === undefined) return undefined;
  if (chosen.label !== folder) return null;
  const [uri] =
    (await vscode.window.showOpenDialog({
      title,
      openLabel: vscode.l10n.t('Use Folder'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return uri?.fsPath;
}

async function prepare(
  { competitions }: Services,
  wanted: readonly CompetitionListing[],
  from: string | null,
): Promise<void> {
  const ids = wanted.map(({ id }) => id);
  const title = vscode.l10n.t(
    'Preparing {0}',
    ids.length === 1 ? (ids[0] ?? '') : plural(ids.length, 'competition'),
  );
  try {
    const outcomes = await withCancel(title, (signal, report) =>
      competitions.ask((runner, options) =>
        runner.prepareCompetitions(
          { ids, ...(from === null ? {} : { from }) },
          { ...options, signal: AbortSignal.any([options.signal, signal]), onProgress: report },
        ),
      ),
    );
    tell(preparedMessage(outcomes));
  } finally {
    // Some may be ready although the work was called off.
    await competitions.refresh();
  }
}

function tell({ ok, text, rules }: ReturnType<typeof preparedMessage>): void {
  if (ok) {
    void vscode.window.showInformationMessage(text);
    return;
  }
  const open = vscode.l10n.t('Open Rules');
  const buttons = rules === null ? [] : [open];
  void vscode.window.showErrorMessage(text, ...buttons).then((chosen) => {
    if (chosen === open && rules !== null) void vscode.env.openExternal(vscode.Uri.parse(rules));
  });
}
