import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { AideVariant, RunConfig } from '../model';
import { aideSteps, RunnerError } from '../model';
import type { Agent } from './agent';
import { aideAgent } from './aide/aideAgent';
import { candidatesAgent } from './candidates';
import { commandAgent } from './commandAgent';
import { alphacodiumAgent } from './alphacodium/alphacodiumAgent';
import { dummyAgent } from './dummy';
import { humanAgent } from './humanAgent';
import { loadPrompts } from './prompts';
import { parsePredictions, predictionsOf } from './predictions';
import { runnerAgent } from './runnerAgent';
import { teamAgent } from './team';
import {
  emptyAgent,
  goldAgent,
  parseReplay,
  patchAgent,
  predictionsAgent,
  replayAgent,
} from './withoutModel';

export interface AgentEntry {
  readonly name: string;
  readonly needsModel: boolean;
  /** It can do without a model, and uses the one that the configuration names. */
  readonly takesModel?: boolean;
  /** Its trials run one after another unless the configuration says otherwise: a person has two hands. */
  readonly oneAtATime?: boolean;
  readonly description: string;
  readonly make: (config: RunConfig, cwd: string) => Promise<Agent>;
}

/** Every agent, in the order in which it is offered. */
export const agentEntries: readonly AgentEntry[] = [
  {
    name: 'gold',
    needsModel: false,
    description: "Hands in the task's own solution: checks the task and the environment",
    make: () => Promise.resolve(goldAgent),
  },
  {
    name: 'empty',
    needsModel: false,
    description: 'Hands in nothing: what must not count as solved',
    make: () => Promise.resolve(emptyAgent),
  },
  {
    name: 'patch',
    needsModel: false,
    description: 'Hands in the patch file that you name',
    make: async ({ patch }: RunConfig, cwd: string): Promise<Agent> =>
      patchAgent(await readNamed(patch, { cwd, agent: 'patch', option: '--patch FILE' })),
  },
  {
    name: 'replay',
    needsModel: false,
    description: 'Performs a recorded list of actions',
    make: async ({ actions }: RunConfig, cwd: string): Promise<Agent> => {
      const text = await readNamed(actions, { cwd, agent: 'replay', option: '--actions FILE' });
      return replayAgent(parseReplay(text, actions ?? ''));
    },
  },
  {
    name: 'predictions',
    needsModel: false,
    description: "Hands in each task's patch from a file of predictions",
    make: async (config: RunConfig, cwd: string): Promise<Agent> => {
      const named = { cwd, agent: 'predictions', option: '--predictions FILE' };
      const text = await readNamed(config.predictions, named);
      const { predictions } = parsePredictions(text, config.predictions ?? '');
      return predictionsAgent(predictionsOf(predictions, config.predictions_model));
    },
  },
  {
    name: 'candidates',
    needsModel: false,
    description: 'Hands in programs for contest tasks, from a file or a column of the dataset',
    make: (config: RunConfig, cwd: string): Promise<Agent> =>
      candidatesAgent(config, { cwd, signal: new AbortController().signal }),
  },
  {
    name: 'dummy',
    needsModel: false,
    description: 'Hands in the sample submission of a competition: what every agent should beat',
    make: () => Promise.resolve(dummyAgent),
  },
  {
    name: 'runner',
    needsModel: true,
    description: "A model with all of the task's tools, until it submits",
    make: async (config, cwd): Promise<Agent> => runnerAgent(await loadPrompts(config, cwd)),
  },
  {
    name: 'team',
    needsModel: true,
    description: 'A planner, a coder and a tester, who hand the work over to each other',
    make: async (config, cwd): Promise<Agent> => teamAgent(await loadPrompts(config, cwd)),
  },
  {
    name: 'alphacodium',
    needsModel: true,
    description:
      'The AlphaCodium flow for contest tasks: thinks, writes, tests and mends in stages',
    make: async (config, cwd): Promise<Agent> => alphacodiumAgent(await loadPrompts(config, cwd)),
  },
  {
    name: 'aide',
    needsModel: true,
    description:
      'A tree search over whole programs for competitions: drafts, mends and improves them',
    make: async (config, cwd): Promise<Agent> => await searchAgent('aide', config, cwd),
  },
  {
    name: 'aide/dev',
    needsModel: true,
    description: 'The same search with few programs, for trying things out',
    make: async (config, cwd): Promise<Agent> => await searchAgent('aide/dev', config, cwd),
  },
  {
    name: 'command',
    needsModel: false,
    takesModel: true,
    description: 'Any program inside the sandbox, which reaches the model through the host',
    make: ({ command }: RunConfig): Promise<Agent> => {
      if (command !== undefined && command.trim() !== '')
        return Promise.resolve(commandAgent(command));
      throw new RunnerError('invalid-config', 'The agent "command" needs --command COMMAND.');
    },
  },
  {
    name: 'human',
    needsModel: false,
    oneAtATime: true,
    description: 'Somebody outside: a person in a terminal, or a program with the same tools',
    make: () => Promise.resolve(humanAgent),
  },
];

async function searchAgent(name: AideVariant, config: RunConfig, cwd: string): Promise<Agent> {
  const steps = aideSteps(name, config.aide);
  return aideAgent(await loadPrompts(config, cwd), { name, steps });
}

/** Whether a run of this agent is given a model: it needs one, or takes the one that is named. */
export function usesModel(name: string, config: RunConfig): boolean {
  const { model, provider, base_url: baseUrl } = config;
  const named = model !== undefined || provider !== undefined || baseUrl !== undefined;
  return agentEntries.some(
    (agent) => agent.name === name && (agent.needsModel || (agent.takesModel === true && named)),
  );
}

/** Trials at the same time where the configuration says nothing. */
export function usualConcurrency(name: string, cores: number): number {
  const alone = agentEntries.some((agent) => agent.name === name && agent.oneAtATime === true);
  return alone ? 1 : cores;
}

/** @throws `invalid-config` when there is no such agent or what it needs is missing */
export async function makeAgent(name: string, config: RunConfig, cwd: string): Promise<Agent> {
  const entry = agentEntries.find((agent) => agent.name === name);
  if (entry === undefined) {
    const names = agentEntries.map((agent) => agent.name).join(', ');
    throw new RunnerError(
      'invalid-config',
      `There is no agent "${name}". The agents are: ${names}.`,
    );
  }
  return await entry.make(config, cwd);
}

async function readNamed(
  file: string | undefined,
  { cwd, agent, option }: { readonly cwd: string; readonly agent: string; readonly option: string },
): Promise<string> {
  if (file === undefined)
    throw new RunnerError('invalid-config', `The agent "${agent}" needs ${option}.`);
  try {
    return await readFile(path.resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new RunnerError(
      'not-found',
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}
