import type { RepositoryTask } from '../runner/index';

/** Image of tasks that name none. */
const defaultImage = 'swebench-lite:py3.10';

/**
 * The devcontainer.json that opens a task's environment for a person: the agent's image and working folder, the task's
 * variables, and its install command when the container is made. null when the task brings its own description.
 */
export function devContainerOf(task: RepositoryTask): Readonly<Record<string, unknown>> | null {
  const { environment } = task;
  if (environment?.kind === 'devcontainer') return null;
  const workdir = namedWorkdir(environment) ?? '/workspace/project';
  return {
    name: task.taskId,
    ...source(environment, task),
    workspaceFolder: workdir,
    workspaceMount: `source=\${localWorkspaceFolder},target=${workdir},type=bind`,
    containerEnv: task.env,
    ...(task.install === null ? {} : { postCreateCommand: task.install }),
  };
}

function namedWorkdir(environment: RepositoryTask['environment']): string | undefined {
  return environment !== null && 'workdir' in environment ? environment.workdir : undefined;
}

function source(
  environment: RepositoryTask['environment'],
  task: RepositoryTask,
): Readonly<Record<string, unknown>> {
  switch (environment?.kind) {
    case 'dockerfile':
      return { build: { dockerfile: environment.dockerfile, context: environment.context ?? '.' } };
    case 'image':
      return { image: environment.image };
    case 'devcontainer':
      throw new Error(`${task.taskId} describes its own environment`);
    case 'spec':
      return { image: `python:${environment.spec.python}` };
    case undefined:
      return { image: defaultImage };
  }
}
