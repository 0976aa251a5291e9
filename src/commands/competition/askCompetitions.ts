import * as vscode from 'vscode';
import { competitionRow } from '../../presentation/competitionRow';
import { joinFacts } from '../../presentation/trialLabels';
import type { TaskNode } from '../../presentation/taskTree';
import { UserError } from '../../presentation/userError';
import type { CompetitionListing } from '../../runner/index';
import { isMleTask } from '../../runner/model';
import type { Services } from '../services';

export interface CompetitionQuestion {
  readonly title: string;
  readonly placeHolder: string;
  readonly suits: (competition: CompetitionListing) => boolean;
  /** What to say when none suits. */
  readonly nothing: string;
}

/** The competitions of some rows of the tree; without rows, those that the user picks. undefined: changed their mind. */
export async function askCompetitions(
  services: Services,
  question: CompetitionQuestion,
  nodes: readonly TaskNode[],
): Promise<readonly CompetitionListing[] | undefined> {
  const all = await services.competitions.list();
  if (nodes.length > 0) return ofNodes(services, nodes, all);
  const chosen = await vscode.window.showQuickPick(itemsOf(all, question), {
    title: question.title,
    placeHolder: question.placeHolder,
    canPickMany: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen === undefined || chosen.length === 0
    ? undefined
    : chosen.map(({ competition }) => competition);
}

/** One competition: of a row, or picked. */
export async function askCompetition(
  services: Services,
  question: CompetitionQuestion,
  node?: TaskNode,
): Promise<CompetitionListing | undefined> {
  const all = await services.competitions.list();
  if (node !== undefined) return ofNodes(services, [node], all)[0];
  const chosen = await vscode.window.showQuickPick(itemsOf(all, question), {
    title: question.title,
    placeHolder: question.placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.competition;
}

/** The rows that a tree hands a command. */
export function rowsOf(
  node: TaskNode | undefined,
  nodes: readonly TaskNode[] | undefined,
): readonly TaskNode[] {
  return nodes !== undefined && nodes.length > 0 ? nodes : node === undefined ? [] : [node];
}

function ofNodes(
  { tasksView }: Services,
  nodes: readonly TaskNode[],
  all: readonly CompetitionListing[],
): readonly CompetitionListing[] {
  const tasks = tasksView.tasksOf(nodes).filter(isMleTask);
  const ids = new Set(tasks.map(({ competition }) => competition.id));
  const chosen = all.filter(({ id }) => ids.has(id));
  if (chosen.length === 0) throw new UserError(vscode.l10n.t('This is no competition.'));
  return chosen;
}

type CompetitionItem = vscode.QuickPickItem & { readonly competition: CompetitionListing };

function itemsOf(
  all: readonly CompetitionListing[],
  { suits, nothing }: CompetitionQuestion,
): readonly CompetitionItem[] {
  const items = all.filter(suits).map((competition) => ({
    label: competition.id,
    description: competitionRow(competition.config, competition).description,
    detail: joinFacts([competition.config.name, competition.splits.join(', ')]),
    competition,
  }));
  if (items.length === 0) throw new UserError(nothing);
  return items;
}
