import path from 'node:path';
import type { RepositoryTask } from '../../model';

/** Whether a `repo` names a place on this machine: anything that is neither a URL nor git's `host:path`. */
export function isLocalRepository(repo: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(repo) && !/^[\w.-]+@?[\w.-]*:(?!\\)/.test(repo);
}

/** The task with its repository and environment paths made absolute, relative to `folder`. */
export function withAbsolutePaths(task: RepositoryTask, folder: string): RepositoryTask {
  const repo = isLocalRepository(task.repo) ? path.resolve(folder, task.repo) : task.repo;
  const { environment } = task;
  switch (environment?.kind) {
    case 'dockerfile':
      return {
        ...task,
        repo,
        environment: {
          ...environment,
          dockerfile: path.resolve(folder, environment.dockerfile),
          context: path.resolve(
            folder,
            environment.context ?? path.dirname(environment.dockerfile),
          ),
        },
      };
    case 'devcontainer':
      return {
        ...task,
        repo,
        environment: {
          ...environment,
          devcontainer: path.resolve(folder, environment.devcontainer),
        },
      };
    case 'image':
    case 'spec':
    case undefined:
      return { ...task, repo };
  }
}
