import type { EnvironmentRecipe, RepositoryTask } from '../../model';
import { basePython } from '../../sandbox/pythonBase';
import datedIndex from './sandboxed/dated_index.py';
import makeEnvironment from './sandboxed/make_environment.sh';
import settleEnvironment from './sandboxed/settle_environment.sh';
import { shellArgv } from './shell';

/** Where the datasets' own images have the environment, and so their evaluation scripts expect it. */
export const testbedEnvironment = '/opt/miniconda3/envs/testbed';

/** The environment's programs before all others. */
export const testbedPath = [
  `${testbedEnvironment}/bin`,
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
].join(':');

/**
 * The moment whose packages a task's environment gets: its spec's, else the start of the month after next of when the
 * fix was proposed, so that tasks of one month share their packages. null: today's packages.
 */
export function momentOf(recipe: EnvironmentRecipe, task: RepositoryTask): string | null {
  if (recipe.as_of !== undefined) {
    const day = /^\d{4}-\d{2}-\d{2}$/.test(recipe.as_of);
    return day ? `${recipe.as_of}T23:59:59Z` : new Date(recipe.as_of).toISOString();
  }
  const created = Date.parse(task.officialColumns?.createdAt ?? '');
  if (Number.isNaN(created)) return null;
  const date = new Date(created);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 2, 1)).toISOString();
}

/** A command whose installers see only what had been uploaded by `moment`. */
function dated(command: readonly string[], moment: string | null): readonly string[] {
  return moment === null ? command : ['/usr/bin/python3', '-c', datedIndex, moment, ...command];
}

/**
 * Commands that make the environment and install its packages: what tasks of one spec share. What builds packages is
 * always among them, since a trial that installs the repository again cannot download it.
 */
export function packageCommands(recipe: EnvironmentRecipe): readonly (readonly string[])[] {
  const named = new Set(recipe.pip.map((each) => /^[\w.-]*/.exec(each)?.[0].toLowerCase()));
  const builders = ['setuptools', 'wheel'].filter((name) => !named.has(name));
  const install = ['python', '-m', 'pip', 'install', ...builders, ...recipe.pip];
  return [
    ['/bin/sh', '-c', makeEnvironment, 'sh', basePython],
    dated(install, recipe.as_of ?? null),
  ];
}

/** Commands that install the repository itself on top of that, at its commit. */
export function repositoryCommands(recipe: EnvironmentRecipe): readonly (readonly string[])[] {
  const moment = recipe.as_of ?? null;
  const files = recipe.requirements.flatMap((file) => ['-r', file]);
  return [
    ...recipe.before.map((command) => shellArgv(command)),
    ...(files.length === 0 ? [] : [dated(['python', '-m', 'pip', 'install', ...files], moment)]),
    ...recipe.install.map((command) => dated(shellArgv(command), moment)),
  ];
}

/** All that `packageCommands` depends on. */
export function packagesKey({ python, apt, pip, as_of: moment }: EnvironmentRecipe): string {
  return JSON.stringify([python, apt, pip, moment ?? null, makeEnvironment]);
}

/** All that `repositoryCommands` depends on besides. */
export function recipeKey({
  before,
  requirements,
  install,
  as_of: moment,
  env,
}: EnvironmentRecipe): string {
  return JSON.stringify([before, requirements, install, moment ?? null, env, settleEnvironment]);
}

/** The last command of all. */
export const settleCommand: readonly string[] = ['/bin/sh', '-c', settleEnvironment];
