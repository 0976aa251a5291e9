import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunConfig } from '../model';
import { RunnerError, trialBudget } from '../model';
import type { AgentContext } from './agent';
import aideDebug from './prompts/aide.debug.md';
import aideDraft from './prompts/aide.draft.md';
import aideImprove from './prompts/aide.improve.md';
import aideReview from './prompts/aide.review.md';
import aideSystem from './prompts/aide.system.md';
import alphacodiumBaseline from './prompts/alphacodium.baseline.md';
import alphacodiumChoose from './prompts/alphacodium.choose.md';
import alphacodiumCode from './prompts/alphacodium.code.md';
import alphacodiumFix from './prompts/alphacodium.fix.md';
import alphacodiumReflect from './prompts/alphacodium.reflect.md';
import alphacodiumSolutions from './prompts/alphacodium.solutions.md';
import alphacodiumSystem from './prompts/alphacodium.system.md';
import alphacodiumTests from './prompts/alphacodium.tests.md';
import runnerSystem from './prompts/runner.system.md';
import runnerTask from './prompts/runner.task.md';
import teamCoder from './prompts/team.coder.md';
import teamPlanner from './prompts/team.planner.md';
import teamTester from './prompts/team.tester.md';

/** Every prompt by its name; `prompts` of a run's configuration replaces any of them by a file. */
const builtIn = {
  'runner.system': runnerSystem,
  'runner.task': runnerTask,
  'team.planner': teamPlanner,
  'team.coder': teamCoder,
  'team.tester': teamTester,
  'alphacodium.system': alphacodiumSystem,
  'alphacodium.reflect': alphacodiumReflect,
  'alphacodium.solutions': alphacodiumSolutions,
  'alphacodium.choose': alphacodiumChoose,
  'alphacodium.tests': alphacodiumTests,
  'alphacodium.code': alphacodiumCode,
  'alphacodium.fix': alphacodiumFix,
  'alphacodium.baseline': alphacodiumBaseline,
  'aide.system': aideSystem,
  'aide.draft': aideDraft,
  'aide.improve': aideImprove,
  'aide.debug': aideDebug,
  'aide.review': aideReview,
} as const;
export type PromptName = keyof typeof builtIn;
export type Prompts = Readonly<Record<PromptName, string>>;

export const promptNames: readonly string[] = Object.keys(builtIn);

/** What may stand in double braces in a prompt. */
const placeholders = [
  'statement',
  'workdir',
  'rules',
  'turns',
  'time',
  'max_output_tokens',
  'budget',
] as const;
type Placeholder = (typeof placeholders)[number];

/** What may stand in prompts of the flow besides. */
const flowPlaceholders: readonly string[] = [
  'language',
  'count',
  'reflection',
  'solutions',
  'solution',
  'code',
  'failure',
];

/** What may stand in prompts of the search besides. */
const searchPlaceholders: readonly string[] = [
  'data_folder',
  'machine',
  'hand_in',
  'score',
  'data',
  'memory',
  'code',
  'output',
  'findings',
  'analysis',
  'metric',
  'better',
  'direction',
  'steps_left',
  'time_left',
  'run_time',
];

/**
 * The prompts of a run: those of its configuration (paths relative to `cwd`), else the built-in ones.
 *
 * @throws `invalid-config` for a name or placeholder that does not exist, `not-found` for a file that cannot be read
 */
export async function loadPrompts(config: RunConfig, cwd: string): Promise<Prompts> {
  const prompts: Record<string, string> = { ...builtIn };
  for (const [name, file] of Object.entries(config.prompts ?? {})) {
    if (!(name in builtIn))
      throw new RunnerError(
        'invalid-config',
        `There is no prompt "${name}". The prompts are: ${promptNames.join(', ')}.`,
      );
    prompts[name] = await readPrompt(path.resolve(cwd, file), placeholdersOf(name));
  }
  return { ...builtIn, ...prompts };
}

function placeholdersOf(prompt: string): readonly string[] {
  if (prompt.startsWith('alphacodium.')) return [...placeholders, ...flowPlaceholders];
  return prompt.startsWith('aide.') ? [...placeholders, ...searchPlaceholders] : placeholders;
}

async function readPrompt(file: string, known: readonly string[]): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RunnerError('not-found', `${file} cannot be read: ${why}`, { cause: error });
  }
  for (const [, name = ''] of text.matchAll(placeholder)) {
    if (!known.includes(name))
      throw new RunnerError(
        'invalid-config',
        `${file}: there is nothing to put for {{${name}}}; there is ${known.map((one) => `{{${one}}}`).join(', ')}.`,
      );
  }
  return text;
}

const placeholder = /\{\{(\w+)\}\}/g;

/**
 * A prompt with what this trial puts into it. Durations, no times of day: the same trial asks the same again, so that its
 * answers can come from the cache.
 */
export function fillPrompt(
  prompt: string,
  { brief, config, limits }: AgentContext,
  { values: own = {} }: { readonly values?: Readonly<Record<string, string>> } = {},
): string {
  const { turns, tokens, cost } = trialBudget(config);
  const budget = [
    ...(tokens === undefined
      ? []
      : [`- You may use ${String(tokens)} tokens, in and out together.`]),
    ...(cost === undefined ? [] : [`- You may cost ${String(cost)} US dollars.`]),
  ];
  const usual: Record<Placeholder, string> = {
    statement: brief.statement,
    workdir: brief.workdir,
    rules: brief.rules,
    turns: String(turns),
    time: duration(limits.agent),
    max_output_tokens: String(config.max_output_tokens),
    budget: budget.map((line) => `${line}\n`).join(''),
  };
  const values: Readonly<Record<string, string>> = { ...usual, ...own };
  return prompt.replace(placeholder, (whole, name: string) => values[name] ?? whole).trim();
}

function duration(seconds: number): string {
  return seconds % 60 === 0 && seconds >= 120
    ? `${String(seconds / 60)} minutes`
    : `${String(seconds)} seconds`;
}
