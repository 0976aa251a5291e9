import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import type { TrialState } from '../../runner/index';
import type { TaskNode } from '../../presentation/taskTree';
import { askTrial } from '../ask';
import type { CommandContract, TrialArgument } from '../contract';
import { isTrialArgument } from '../contract';
import type { Services } from '../services';
import { askCompetition } from './askCompetitions';

const hasLeaderboard = ({ result }: TrialState): boolean => result?.competition !== undefined;

/** Shows a competition's leaderboard: of a trial, with its run's submissions on it; else with those of all runs. */
export function openLeaderboard(services: Services): CommandContract['benchyard.leaderboard.open'] {
  return async (place) => {
    if (isTrialArgument(place)) await openOfTrial(services, place);
    else await openOfCompetition(services, place);
  };
}

async function openOfTrial(services: Services, place: TrialArgument): Promise<void> {
  const question = { title: vscode.l10n.t('Open Leaderboard'), suits: hasLeaderboard };
  const trial = await askTrial(services, question, place);
  if (trial === undefined) return;
  const { competition } = await services.content.result(trial);
  if (competition === undefined)
    throw new UserError(vscode.l10n.t('The trial is not on a leaderboard: it is no competition.'));
  await services.leaderboards.open({ competition: competition.competition_id, run: trial.run });
}

async function openOfCompetition(services: Services, node?: TaskNode): Promise<void> {
  const question = {
    title: vscode.l10n.t('Open Leaderboard'),
    placeHolder: vscode.l10n.t('Competition'),
    suits: () => true,
    nothing: vscode.l10n.t('There are no competitions.'),
  };
  const competition = await askCompetition(services, question, node);
  if (competition !== undefined)
    await services.leaderboards.open({ competition: competition.id, run: null });
}
