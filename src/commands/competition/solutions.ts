import * as vscode from 'vscode';
import { findSolution, treeOfSolutions } from '../../presentation/solutionNodes';
import type { SearchTreeNode } from '../../presentation/searchTree';
import { UserError } from '../../presentation/userError';
import type { SearchNode } from '../../runner/index';
import type { TrialRef } from '../../views/trialContent';
import { askTrial } from '../ask';
import type { CommandContract, SolutionArgument } from '../contract';
import type { Services } from '../services';

/** What a click on a solution does: its program, and beside it what that printed. */
export function openSolution(services: Services): CommandContract['benchyard.solution.open'] {
  return async (argument) => {
    const title = vscode.l10n.t('Open Solution');
    const chosen = await askSolution(services, { title, suits: () => true }, argument);
    if (chosen !== undefined) await services.solutions.open(chosen.trial, chosen.node);
  };
}

/** Shows what an improvement or a repair changed. */
export function compareSolution(
  services: Services,
): CommandContract['benchyard.solution.compareWithParent'] {
  return async (argument) => {
    const title = vscode.l10n.t('Compare Solution with Parent');
    const suits = ({ parent }: SearchNode): boolean => parent !== null;
    const chosen = await askSolution(services, { title, suits }, argument);
    if (chosen !== undefined) await services.solutions.compareWithParent(chosen.trial, chosen.node);
  };
}

interface SolutionQuestion {
  readonly title: string;
  readonly suits: (node: SearchNode) => boolean;
}

async function askSolution(
  services: Services,
  { title, suits }: SolutionQuestion,
  argument?: SolutionArgument,
): Promise<{ readonly trial: TrialRef; readonly node: number } | undefined> {
  const question = {
    title,
    suits: ({ nodes }: { nodes: readonly SearchNode[] }) => nodes.some(suits),
  };
  const trial = await askTrial(services, question, argument);
  if (trial === undefined) return undefined;
  if (argument !== undefined) return { trial, node: argument.node };
  const { nodes } = await services.content.state(trial);
  const items = nodes.filter(suits).flatMap(({ node }) => itemOf(findSolution(nodes, node)));
  if (items.length === 0) throw new UserError(vscode.l10n.t('There are no solutions yet.'));
  const placeHolder = treeOfSolutions(nodes).summary;
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder });
  return chosen === undefined ? undefined : { trial, node: chosen.node };
}

function itemOf(
  shown: SearchTreeNode | undefined,
): (vscode.QuickPickItem & { readonly node: number })[] {
  return shown === undefined
    ? []
    : [{ label: shown.label, description: shown.description, node: shown.node }];
}
