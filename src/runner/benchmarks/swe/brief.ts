import type { TaskBrief } from '../../agents/agent';
import type { RepositoryTask } from '../../model';
import type { EnvironmentSpec } from '../../sandbox/sandbox';

/** What an agent is told of a repository task: the issue and the rules, no word of the tests that decide. */
export function repositoryBrief(task: RepositoryTask, { workdir }: EnvironmentSpec): TaskBrief {
  const statement = task.problemStatement?.trim() ?? '';
  return {
    workdir,
    statement:
      statement === ''
        ? `Make the tests of the repository pass${task.pytestK === null ? '' : ` that match \`${task.pytestK}\``}.`
        : statement,
    rules: [
      `The repository is in \`${workdir}\`, at the commit that the issue was written for; it is installed.`,
      'What you hand in is the difference that your changes make to the repository. Tests that you do not know are then run on it in a clean sandbox; changes to existing tests are undone before.',
      'There is no network.',
    ].join('\n'),
  };
}
