import path from 'node:path';
import * as vscode from 'vscode';
import { plural } from '../../presentation/format';
import { UserError } from '../../presentation/userError';
import type { Runner } from '../../runner/index';
import { withCancel } from '../../views/cancellation';
import { requireTrust } from '../ask';
import type { CompetitionSource } from '../competition/competitionSources';
import { competitionSources } from '../competition/competitionSources';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Adds a dataset of the hub, competitions, or a file of tasks to the workspace's list; a dataset is downloaded first. */
export function addDataset(services: Services): CommandContract['benchyard.tasks.addDataset'] {
  return async (given) => {
    requireTrust();
    const asked = given instanceof vscode.Uri ? given.fsPath : given;
    const sources = asked === undefined ? await askSources(services) : [asked];
    if (sources === undefined) return;
    const names: string[] = [];
    for (const source of sources) names.push(await readSource(services, source));
    await services.config.addTaskFiles(names);
    await services.tasks.refresh();
    await vscode.commands.executeCommand('benchyard.tasks.focus');
  };
}

async function askSources(services: Services): Promise<readonly string[] | undefined> {
  const runner = await services.core.runner();
  const [saved, competitions] = await Promise.all([
    savedDatasets(runner),
    competitionSources(services),
  ]);
  const known = runner.datasets().map(({ title, source, repository, split }) => ({
    label: title,
    description: `${repository} · ${split === '*' ? vscode.l10n.t('all splits') : split}`,
    source: split === '*' ? source : `${source}:${split}`,
  }));
  const file = vscode.l10n.t('A File…');
  const other = vscode.l10n.t('Another Dataset of the Hub…');
  const line = { label: '', kind: vscode.QuickPickItemKind.Separator, source: '' };
  const chosen = await vscode.window.showQuickPick<DatasetItem>(
    [
      ...saved,
      ...known,
      line,
      ...competitions,
      line,
      { label: file, description: '.jsonl, .parquet', source: '' },
      { label: other, description: 'OWNER/NAME', source: '' },
    ],
    {
      title: vscode.l10n.t('Add Dataset'),
      placeHolder: vscode.l10n.t('Dataset to download, or a file'),
      matchOnDescription: true,
    },
  );
  if (chosen === undefined) return undefined;
  if (chosen.sources !== undefined) return chosen.sources();
  const source =
    chosen.label === file
      ? await askFile()
      : chosen.label === other
        ? await askHubName()
        : chosen.source;
  return source === undefined ? undefined : [source];
}

/** A row that names a source, or one that asks for it. */
type DatasetItem = vscode.QuickPickItem &
  Partial<Pick<CompetitionSource, 'sources'>> & { readonly source?: string };

/** Datasets that `data etl` saved on this machine, and their splits where there are several. */
async function savedDatasets(
  runner: Runner,
): Promise<readonly (vscode.QuickPickItem & { readonly source: string })[]> {
  const datasets = await runner.listDatasets({ signal: new AbortController().signal });
  const items = datasets.flatMap(({ name, splits }) => [
    {
      label: name,
      description: vscode.l10n.t('saved here · {0}', problemCount(splits)),
      source: `data:${name}`,
    },
    ...(splits.length < 2
      ? []
      : splits.map((split) => ({
          label: `${name} (${split.name})`,
          description: vscode.l10n.t('saved here · {0}', problemCount([split])),
          source: `data:${name}:${split.name}`,
        }))),
  ]);
  const line = { label: '', kind: vscode.QuickPickItemKind.Separator, source: '' };
  return items.length === 0 ? [] : [...items, line];
}

function problemCount(splits: readonly { readonly rows: number }[]): string {
  const count = splits.reduce((sum, { rows }) => sum + rows, 0);
  return plural(count, 'problem');
}

async function askFile(): Promise<string | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Add Dataset'),
      openLabel: vscode.l10n.t('Add'),
      filters: { [vscode.l10n.t('Tasks')]: ['jsonl', 'json', 'parquet', 'gz'] },
    })) ?? [];
  return uri?.fsPath;
}

async function askHubName(): Promise<string | undefined> {
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('Add Dataset of the Hub'),
    prompt: vscode.l10n.t('OWNER/NAME, and the split where it has several: OWNER/NAME:test'),
    validateInput: (text) =>
      /^[\w.-]+\/[\w.-]+(@[^\s:]+)?(:[\w*./-]+)?$/.test(text.trim())
        ? undefined
        : vscode.l10n.t('Write it as OWNER/NAME or OWNER/NAME:SPLIT.'),
  });
  return name === undefined ? undefined : `hub:${name.trim()}`;
}

/** Reads it once. What is kept is the name of the very revision that was read, so that its rows stay the same. */
async function readSource(services: Services, source: string): Promise<string> {
  const runner = await services.core.runner();
  const { folders: registry } = services.config.run.competitions;
  const title = vscode.l10n.t('Reading {0}…', source);
  const { tasks, problems } = await withCancel(title, (signal, report) =>
    runner.loadTasks([source], { signal, onProgress: report, registry }),
  );
  const [first] = tasks;
  if (first === undefined)
    throw new UserError(problems[0]?.message ?? vscode.l10n.t('There are no tasks in it.'));
  if (problems.length > 0) {
    const bad = plural(problems.length, 'row');
    void vscode.window.showWarningMessage(
      vscode.l10n.t('{0} of {1} cannot be used: {2}', bad, source, problems[0]?.message ?? ''),
    );
  }
  if (source.startsWith('hub:')) return first.source.file;
  if (source.startsWith('data:') || source.startsWith('mle:')) return source;
  const relative = path.relative(services.core.cwd, source);
  return relative.startsWith('..') || path.isAbsolute(relative)
    ? source
    : relative.replaceAll(path.sep, '/');
}
