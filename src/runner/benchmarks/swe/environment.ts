import type {
  EnvironmentChoice,
  EnvironmentRecipe,
  EnvironmentSource,
  RepositoryTask,
} from '../../model';
import { RunnerError } from '../../model';
import { readDevcontainer } from '../../sandbox/devcontainer';
import type { EnvironmentSpec } from '../../sandbox/sandbox';
import { defaultSandboxLimits } from '../../sandbox/sandbox';
import { momentOf, testbedPath } from './specEnvironment';
import type { SpecTable } from './specs/specTable';
import { specOf } from './specs/specTable';

/** Numbers that can be compared: the same order of sets, clock and encoding for the agent and for what judges it. */
const fixedEnvironment = { LC_ALL: 'C.UTF-8', PYTHONHASHSEED: '0', TZ: 'UTC' };

/** Git in a sandbox works on a folder that another user may own, and never asks. */
const gitEnvironment = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
  GIT_TERMINAL_PROMPT: '0',
};

const defaultWorkdir = '/workspace/project';
/** Where the datasets' own scripts expect the repository. */
const officialWorkdir = '/testbed';

export interface EnvironmentOptions {
  /** null: the project's. */
  readonly defaultImage: string | null;
  /** What the run describes for tasks that name none, and for official ones instead of their images. */
  readonly described: EnvironmentSource | null;
  readonly environments: EnvironmentChoice;
  readonly specs: SpecTable;
  readonly signal: AbortSignal;
}

/** What a task's sandboxes are made of: its own environment, or the default image. */
export async function environmentOf(
  task: RepositoryTask,
  options: EnvironmentOptions,
): Promise<EnvironmentSpec> {
  const { defaultImage, described, environments, specs } = options;
  const source =
    (task.official ? described : null) ??
    task.environment ??
    described ??
    (defaultImage === null ? null : { kind: 'image' as const, image: defaultImage });
  if (source?.kind === 'spec') return specEnvironment(task, source.spec);
  if (!task.official || described !== null)
    return await namedEnvironment(task, source, options.signal);
  const recipe = environments === 'official' ? null : specOf(task, specs);
  const built = recipe === null ? null : specEnvironment(task, recipe);
  if (environments === 'spec') return built ?? unknownSpec(task);
  const official = await namedEnvironment(task, source, options.signal);
  return built === null ? official : { ...official, fallback: built };
}

function unknownSpec(task: RepositoryTask): never {
  const version = task.version === null ? '' : ` in version ${task.version}`;
  throw new RunnerError(
    'unsupported-environment',
    `Nobody has said how the environment of "${task.taskId}" is built: there is no spec of ${task.group}${version}. ` +
      'Give one (--specs FILE), or run it in its official image (--environments official).',
  );
}

function specEnvironment(task: RepositoryTask, recipe: EnvironmentRecipe): EnvironmentSpec {
  const moment = momentOf(recipe, task);
  const spec = moment === null ? recipe : { ...recipe, as_of: moment };
  return {
    source: { kind: 'spec', spec },
    workdir: recipe.workdir ?? officialWorkdir,
    limits: defaultSandboxLimits,
    env: {
      ...fixedEnvironment,
      ...gitEnvironment,
      PATH: testbedPath,
      ...recipe.env,
      ...task.env,
    },
    commands: [],
    notes: [],
  };
}

async function namedEnvironment(
  task: RepositoryTask,
  source: EnvironmentSource | null,
  signal: AbortSignal,
): Promise<EnvironmentSpec> {
  const env = { ...fixedEnvironment, ...gitEnvironment, ...task.env };
  const plain = { source, limits: defaultSandboxLimits, commands: [], notes: [] };
  if (source?.kind !== 'devcontainer') {
    return { ...plain, env, workdir: namedWorkdir(source) ?? usualWorkdir(task) };
  }
  const described = await readDevcontainer(source.devcontainer, { signal });
  const { cpus, memoryBytes } = described.requirements;
  return {
    ...plain,
    workdir: task.official ? officialWorkdir : (described.workdir ?? defaultWorkdir),
    limits: {
      ...defaultSandboxLimits,
      cpus: cpus ?? defaultSandboxLimits.cpus,
      memoryBytes: memoryBytes ?? defaultSandboxLimits.memoryBytes,
    },
    env: { ...described.env, ...env },
    commands: described.commands,
    notes: described.notes,
  };
}

function usualWorkdir({ official }: RepositoryTask): string {
  return official ? officialWorkdir : defaultWorkdir;
}

function namedWorkdir(source: EnvironmentSource | null): string | undefined {
  return source !== null && 'workdir' in source ? source.workdir : undefined;
}
