import * as vscode from 'vscode';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Sets the agent that *Run* uses. */
export function setDefaultAgent(services: Services): CommandContract['benchyard.agent.setDefault'] {
  return async () => {
    const runner = await services.core.runner();
    const current = services.config.run.agent;
    const mark = (name: string): string => (name === current ? vscode.l10n.t('current') : '');
    const automatic = {
      label: vscode.l10n.t('Automatic'),
      description: mark(''),
      detail: vscode.l10n.t('gold where the tasks have gold patches, else empty'),
      name: '',
    };
    const agents = runner.agents().map((agent) => ({
      label: agent.name,
      description: mark(agent.name),
      detail: agent.description,
      name: agent.name,
    }));
    const title = vscode.l10n.t('Set Default Agent');
    const chosen = await vscode.window.showQuickPick([automatic, ...agents], { title });
    if (chosen !== undefined) await services.config.setAgent(chosen.name);
  };
}
