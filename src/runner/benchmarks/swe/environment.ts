import type { EnvironmentSource, RepositoryTask } from '../../model';
import { readDevcontainer } from '../../sandbox/devcontainer';
import type { EnvironmentSpec } from '../../sandbox/sandbox';
import { defaultSandboxLimits } from '../../sandbox/sandbox';

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

/** What a task's sandboxes are made of: its own environment, or `defaultImage` (null: the project's). */
export async function environmentOf(
  task: RepositoryTask,
  options: { readonly defaultImage: string | null; readonly signal: AbortSignal },
): Promise<EnvironmentSpec> {
  const { defaultImage } = options;
  const source =
    task.environment ??
    (defaultImage === null ? null : { kind: 'image' as const, image: defaultImage });
  const env = { ...fixedEnvironment, ...gitEnvironment, ...task.env };
  const plain = { source, limits: defaultSandboxLimits, commands: [], notes: [] };
  if (source?.kind !== 'devcontainer') {
    return { ...plain, env, workdir: namedWorkdir(source) ?? defaultWorkdir };
  }
  const described = await readDevcontainer(source.devcontainer, options);
  const { cpus, memoryBytes } = described.requirements;
  return {
    ...plain,
    workdir: described.workdir ?? defaultWorkdir,
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

function namedWorkdir(source: EnvironmentSource | null): string | undefined {
  return source !== null && 'workdir' in source ? source.workdir : undefined;
}
