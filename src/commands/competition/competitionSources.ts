import path from 'node:path';
import * as vscode from 'vscode';
import { plural } from '../../presentation/format';
import { UserError } from '../../presentation/userError';
import type { Services } from '../services';
import { askCompetition } from './askCompetitions';

/** A row of *Add Dataset…* that leads to competitions. */
export type CompetitionSource = vscode.QuickPickItem & {
  /** The sources that it means; undefined: the user changed their mind. */
  readonly sources: () => Promise<readonly string[] | undefined>;
};

/** Lists of competitions that are offered by name, those first that people ask for first. */
const offered: readonly { readonly list: string; readonly title: () => string }[] = [
  { list: 'demo', title: () => vscode.l10n.t('MLE-bench Demonstrations') },
  { list: 'lite', title: () => vscode.l10n.t('MLE-bench Lite') },
  { list: 'dev', title: () => vscode.l10n.t('MLE-bench Development') },
];

/** Competitions as datasets: the lists that come along, a single one, a folder of the user's own. */
export async function competitionSources(
  services: Services,
): Promise<readonly CompetitionSource[]> {
  const lists = await services.competitions.ask((runner) => runner.competitionLists());
  const named = offered.flatMap(({ list, title }) => {
    const ids = lists.get(list);
    if (ids === undefined) return [];
    const sources = (): Promise<readonly string[]> => Promise.resolve([`mle:${list}`]);
    return [{ label: title(), description: plural(ids.length, 'competition'), sources }];
  });
  return [
    ...named,
    {
      label: vscode.l10n.t('One Competition…'),
      description: 'MLE-bench',
      sources: () => askOne(services),
    },
    {
      label: vscode.l10n.t('A Folder of Competitions…'),
      description: vscode.l10n.t('your own, each a folder with a config.yaml'),
      sources: () => askFolder(services),
    },
  ];
}

async function askOne(services: Services): Promise<readonly string[] | undefined> {
  const competition = await askCompetition(services, {
    title: vscode.l10n.t('Add Competition'),
    placeHolder: vscode.l10n.t('Competition to add'),
    suits: () => true,
    nothing: vscode.l10n.t('There are no competitions.'),
  });
  return competition === undefined ? undefined : [`mle:${competition.id}`];
}

async function askFolder(services: Services): Promise<readonly string[] | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Add Competitions'),
      openLabel: vscode.l10n.t('Add'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return uri === undefined ? undefined : addFolder(services, uri.fsPath);
}

/** Lists a folder with competitions in the settings; answers them as sources. */
export async function addFolder(
  { competitions, config }: Services,
  folder: string,
): Promise<readonly string[]> {
  const found = await competitions.ask((runner, options) =>
    runner.listCompetitions({ ...options, place: { ...options.place, registry: [folder] } }),
  );
  const own = found.filter((competition) => path.dirname(competition.folder) === folder);
  if (own.length === 0)
    throw new UserError(
      vscode.l10n.t('{0} has no competitions: each is a folder with a config.yaml.', folder),
    );
  await config.addCompetitionFolder(folder);
  return own.map(({ id }) => `mle:${id}`);
}
