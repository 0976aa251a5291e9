import * as vscode from 'vscode';
import { notRunnable } from '../../presentation/competitionLabels';
import { toRunConfig } from '../../presentation/runSettings';
import { UserError } from '../../presentation/userError';
import type { CompetitionListing, TechniqueId } from '../../runner/index';
import { requireTrust } from '../ask';
import { askChoices } from '../askChoices';
import type { CommandContract } from '../contract';
import { launchConfig } from '../launch';
import type { Services } from '../services';
import { askCompetitions, rowsOf } from './askCompetitions';

/** Which tasks of competitions are run. */
interface TaskChoice {
  readonly competitions: boolean;
  readonly techniques: readonly TechniqueId[];
}

/** Runs competitions, technique tasks on their data, or both. */
export function runCompetition(services: Services): CommandContract['benchyard.competition.run'] {
  return async (node, nodes) => {
    requireTrust();
    const question = {
      title: vscode.l10n.t('Run Competition'),
      placeHolder: vscode.l10n.t('Competitions to run'),
      suits: (competition: CompetitionListing) => notRunnable(competition) === null,
      nothing: vscode.l10n.t('No competition is prepared yet: “Prepare Competition…” does it.'),
    };
    const chosen = await askCompetitions(services, question, rowsOf(node, nodes));
    if (chosen === undefined) return;
    const ready = chosen.filter((competition) => notRunnable(competition) === null);
    const [first] = chosen;
    if (ready.length === 0 && first !== undefined)
      throw new UserError(`${first.id}: ${notRunnable(first) ?? ''}.`);
    const tasks = await askTaskChoice(services, ready);
    if (tasks === undefined) return;
    const count = ready.length * (Number(tasks.competitions) + tasks.techniques.length);
    const choices = await askChoices(services, count);
    if (choices === undefined) return;
    const config = await services.competitions.ask((runner, options) =>
      runner.competitionRun(
        {
          competition_set: ready.map(({ id }) => id),
          competitions: tasks.competitions,
          technique_tasks: tasks.techniques.length > 0,
          tasks: tasks.techniques,
          config: toRunConfig(services.config.run, choices),
        },
        options,
      ),
    );
    await launchConfig(services, config);
  };
}

/** The competition itself, technique tasks on its data, or some of both; not asked where there are no technique tasks. */
async function askTaskChoice(
  { competitions }: Services,
  chosen: readonly CompetitionListing[],
): Promise<TaskChoice | undefined> {
  const suited = chosen.some(({ config }) => config.dataset.train !== undefined);
  if (!suited) return { competitions: true, techniques: [] };
  const techniques = await competitions.ask((runner) =>
    Promise.resolve(runner.listTechniqueTasks()),
  );
  const items = [
    {
      label: vscode.l10n.t('Competition'),
      description: vscode.l10n.t('the task itself, with its leaderboard'),
      picked: true,
      technique: null,
    },
    ...techniques.map(({ name, title, description }) => ({
      label: title,
      description: name,
      detail: description,
      picked: false,
      technique: name,
    })),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Run Competition'),
    placeHolder: vscode.l10n.t('Tasks to run'),
    canPickMany: true,
  });
  if (picked === undefined || picked.length === 0) return undefined;
  return {
    competitions: picked.some(({ technique }) => technique === null),
    techniques: picked.flatMap(({ technique }) => technique ?? []),
  };
}
