import type { MleTask } from '../../model';
import { isMleTask, RunnerError } from '../../model';
import type { Agent, AgentContext, AgentOutcome } from '../agent';
import { ended } from '../agent';
import type { Prompts } from '../prompts';
import { Search } from './search';

/**
 * AIDE (Jiang et al. 2025, arXiv:2502.13138): a tree search over whole programs. Each step has the model write a first
 * solution, mend a broken one or improve the best one; it is run, reviewed and entered in a journal, and the best one
 * stands to be handed in.
 */
export function aideAgent(
  prompts: Prompts,
  { name, steps }: { readonly name: string; readonly steps: number },
): Agent {
  return {
    name,
    async solve(context): Promise<AgentOutcome> {
      const search = await Search.open(context, learningTaskOf(context), prompts);
      const stopped = await search.run(steps);
      return stopped === null
        ? ended('submitted', told(search))
        : ended(stopped.exitStatus, stopped.detail);
    },
  };
}

function told({ solutions, standing }: Search): string {
  const count = `${String(solutions)} ${solutions === 1 ? 'solution' : 'solutions'}`;
  if (standing === null) return `${count}, none of which hands anything in`;
  const { node, metric } = standing;
  return metric === null
    ? `${count}, none of which works; number ${String(node)} is handed in`
    : `${count}, the best one is number ${String(node)} with ${String(metric)}`;
}

function learningTaskOf({ task }: AgentContext): MleTask {
  if (isMleTask(task)) return task;
  throw new RunnerError(
    'invalid-config',
    `The agent "aide" solves machine-learning tasks; ${task.taskId} is none. Choose another agent.`,
  );
}
