import * as vscode from 'vscode';
import { plural } from '../../presentation/format';
import { toRunConfig } from '../../presentation/runSettings';
import type { TaskValidation } from '../../runner/index';
import { askTasks, requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import { runCommand } from '../contract';
import { selectionOf, withRunsProgress } from '../launch';
import type { Services } from '../services';

/** Tries what tasks are worth: their gold patch must resolve them, doing nothing must not, every time. */
export function validateTasks(services: Services): CommandContract['benchyard.tasks.validate'] {
  return async (node, nodes, options) => {
    requireTrust();
    const tasks = await askTasks(services, node, nodes);
    if (tasks === undefined) return;
    const repeat = options?.repeat ?? (await askRepeat());
    if (repeat === undefined) return;
    const config = toRunConfig(services.config.run, selectionOf(tasks));
    const { run, found } = await withRunsProgress(() => services.control.validate(config, repeat));
    await services.runsView.reveal(run);
    const validations = await found;
    await services.validations.refresh();
    if (validations !== null) void tellFound(validations).then(undefined, services.showError);
  };
}

async function askRepeat(): Promise<number | undefined> {
  const items = [
    { label: vscode.l10n.t('Once'), detail: vscode.l10n.t('Finds broken tasks'), repeat: 1 },
    {
      label: vscode.l10n.t('Three times'),
      detail: vscode.l10n.t('Finds flaky tests as well'),
      repeat: 3,
    },
    { label: vscode.l10n.t('Ten times'), detail: vscode.l10n.t('Finds rare ones'), repeat: 10 },
  ];
  const title = vscode.l10n.t('Validate Tasks: How Often');
  return (await vscode.window.showQuickPick(items, { title }))?.repeat;
}

async function tellFound(validations: readonly TaskValidation[]): Promise<void> {
  const bad = validations.filter(({ state }) => state !== 'good');
  const show = vscode.l10n.t('Show Validation Report');
  const message =
    bad.length === 0
      ? vscode.l10n.t('{0} validated: all are good.', plural(validations.length, 'task'))
      : vscode.l10n.t(
          '{0} validated: {1} cannot be relied on.',
          plural(validations.length, 'task'),
          bad.length,
        );
  if ((await vscode.window.showInformationMessage(message, show)) === show)
    await runCommand('benchyard.tasks.showValidation');
}
