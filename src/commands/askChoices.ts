import * as vscode from 'vscode';
import { plural } from '../presentation/format';
import type { RunChoices } from '../presentation/runSettings';
import { askModel } from './model/askModel';
import { askStep } from './quickSteps';
import type { Services } from './services';

const memoryKey = 'lastChoices';
type Remembered = Pick<
  RunChoices,
  'agent' | 'model' | 'command' | 'attempts' | 'concurrency' | 'sandbox' | 'keep_sandbox'
>;

/**
 * Asks how to run: agent, then options, with the last answers as defaults, so that Enter twice runs as last time.
 * undefined: the user left, and nothing is remembered.
 */
export async function askChoices(
  services: Services,
  taskCount: number,
): Promise<RunChoices | undefined> {
  const last = services.memory.get<Remembered>(memoryKey) ?? {};
  for (;;) {
    const agent = await askAgent(services, last.agent);
    if (agent === undefined) return undefined;
    const details = await askAgentDetails(services, agent, last);
    if (details === 'back') continue;
    if (details === undefined) return undefined;
    const options = await askOptions(services, { taskCount, agent, last });
    if (options === 'back') continue;
    if (options === undefined) return undefined;
    const { model = last.model, command = last.command } = details;
    const remembered: Remembered = {
      ...options,
      agent: agent.name,
      ...(model === undefined ? {} : { model }),
      ...(command === undefined ? {} : { command }),
    };
    await services.memory.update(memoryKey, remembered);
    return { ...options, ...details, agent: agent.name };
  }
}

interface AgentChoice {
  readonly name: string;
  readonly needsModel: boolean;
}

async function askAgent(
  services: Services,
  last: string | undefined,
): Promise<AgentChoice | undefined> {
  const runner = await services.core.runner();
  const preferred = last ?? services.config.run.agent;
  const items = runner.agents().map((agent) => ({
    label: agent.name,
    description: agent.name === preferred ? vscode.l10n.t('last used') : '',
    detail: agent.description,
    agent,
  }));
  const chosen = await askStep({
    title: vscode.l10n.t('Run with Agent'),
    step: 1,
    totalSteps: 2,
    placeholder: vscode.l10n.t('Agent that tries the tasks'),
    items,
    active: items.find((item) => item.label === preferred),
  });
  return chosen === undefined || chosen === 'back' ? undefined : chosen.agent;
}

/** What an agent needs beside its name: a patch, recorded actions, a command, a model. */
async function askAgentDetails(
  services: Services,
  agent: AgentChoice,
  last: Remembered,
): Promise<
  Pick<RunChoices, 'patch' | 'actions' | 'predictions' | 'model' | 'command'> | 'back' | undefined
> {
  if (agent.name === 'patch') {
    const patch = await askFile(vscode.l10n.t('Use Patch'), { Patches: ['diff', 'patch'] });
    return patch === undefined ? undefined : { patch };
  }
  if (agent.name === 'replay') {
    const actions = await askFile(vscode.l10n.t('Use Actions'), { Actions: ['jsonl'] });
    return actions === undefined ? undefined : { actions };
  }
  if (agent.name === 'predictions') {
    const filters = { Predictions: ['jsonl', 'json'] };
    const predictions = await askFile(vscode.l10n.t('Use Predictions'), filters);
    return predictions === undefined ? undefined : { predictions };
  }
  const command = agent.name === 'command' ? await askCommand(last.command) : null;
  if (command === undefined) return undefined;
  const model = agent.needsModel ? await askModel(services, last.model ?? '') : null;
  if (model === undefined || model === 'back') return model;
  return {
    ...(command === null ? {} : { command }),
    ...(model === null ? {} : { model: model.name }),
  };
}

async function askCommand(last: string | undefined): Promise<string | undefined> {
  const command = await vscode.window.showInputBox({
    title: vscode.l10n.t('Run with Agent'),
    prompt: vscode.l10n.t('Shell command inside the sandbox that works on the task'),
    value: last ?? '',
    ignoreFocusOut: true,
  });
  return command?.trim() === '' ? undefined : command;
}

async function askFile(
  openLabel: string,
  filters: Record<string, string[]>,
): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({ openLabel, filters, canSelectMany: false });
  return chosen?.[0]?.fsPath;
}

type Options = Pick<RunChoices, 'attempts' | 'concurrency' | 'sandbox' | 'keep_sandbox'>;

async function askOptions(
  services: Services,
  context: { readonly taskCount: number; readonly agent: AgentChoice; readonly last: Remembered },
): Promise<Options | 'back' | undefined> {
  const settings = services.config.run;
  const { last, agent } = context;
  const totalSteps = agent.needsModel ? 3 : 2;
  let options = {
    attempts: last.attempts ?? settings.attempts,
    concurrency:
      last.concurrency ?? (settings.concurrency === 0 ? undefined : settings.concurrency),
    // Of the settings' own enumeration; the core checks it.
    sandbox: last.sandbox ?? (settings.sandbox as NonNullable<RunChoices['sandbox']>),
    keep_sandbox: last.keep_sandbox ?? settings.keepSandbox,
  };
  for (;;) {
    const items = optionItems(options, { ...context, agent: agent.name });
    const chosen = await askStep({
      title: vscode.l10n.t('Run with {0}', agent.name),
      step: totalSteps,
      totalSteps,
      placeholder: vscode.l10n.t('Enter starts the run; choose an option to change it'),
      items,
      active: items[0],
    });
    if (chosen === undefined || chosen === 'back') return chosen;
    switch (chosen.id) {
      case 'start': {
        const { concurrency, ...rest } = options;
        return concurrency === undefined ? rest : { ...rest, concurrency };
      }
      case 'attempts':
        options = {
          ...options,
          attempts: (await askNumber(chosen.label, options.attempts)) ?? options.attempts,
        };
        break;
      case 'concurrency':
        options = {
          ...options,
          concurrency:
            (await askNumber(chosen.label, options.concurrency ?? 1)) ?? options.concurrency,
        };
        break;
      case 'sandbox':
        options = { ...options, sandbox: (await askSandbox(chosen.label)) ?? options.sandbox };
        break;
      case 'keep':
        options = { ...options, keep_sandbox: !options.keep_sandbox };
        break;
    }
  }
}

type OptionItem = vscode.QuickPickItem & {
  readonly id: 'start' | 'attempts' | 'concurrency' | 'sandbox' | 'keep';
};

function optionItems(
  options: {
    readonly attempts: number;
    readonly concurrency: number | undefined;
    readonly sandbox: string;
    readonly keep_sandbox: boolean;
  },
  { taskCount, agent }: { readonly taskCount: number; readonly agent: string },
): readonly OptionItem[] {
  const trials = plural(taskCount * options.attempts, 'trial');
  return [
    { id: 'start', label: vscode.l10n.t('Start Run'), description: `${agent} · ${trials}` },
    {
      id: 'attempts',
      label: vscode.l10n.t('Attempts per Task'),
      description: String(options.attempts),
    },
    {
      id: 'concurrency',
      label: vscode.l10n.t('Trials at the Same Time'),
      description:
        options.concurrency === undefined
          ? vscode.l10n.t('one per core')
          : String(options.concurrency),
    },
    { id: 'sandbox', label: vscode.l10n.t('Sandbox'), description: options.sandbox },
    {
      id: 'keep',
      label: vscode.l10n.t('Keep Sandboxes'),
      description: options.keep_sandbox ? vscode.l10n.t('yes') : vscode.l10n.t('no'),
    },
  ];
}

async function askNumber(title: string, value: number): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    value: String(value),
    validateInput: (input) =>
      /^[1-9]\d{0,3}$/.test(input) ? undefined : vscode.l10n.t('A whole number from 1 to 9999.'),
  });
  return text === undefined ? undefined : Number(text);
}

async function askSandbox(title: string): Promise<RunChoices['sandbox']> {
  const items = [
    {
      label: 'auto',
      detail: vscode.l10n.t('Docker where an engine answers, else bubblewrap'),
      id: 'auto' as const,
    },
    {
      label: 'docker',
      detail: vscode.l10n.t('Any Docker-compatible engine'),
      id: 'docker' as const,
    },
    {
      label: 'bubblewrap',
      detail: vscode.l10n.t('Linux without an engine; the built-in environment only'),
      id: 'bubblewrap' as const,
    },
  ];
  return (await vscode.window.showQuickPick(items, { title }))?.id;
}
