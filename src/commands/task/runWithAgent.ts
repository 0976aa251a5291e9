import { askTasks, requireTrust } from '../ask';
import { askChoices } from '../askChoices';
import type { CommandContract } from '../contract';
import { launch } from '../launch';
import type { Services } from '../services';

/** Runs tasks after asking for agent and options; the last answers are the defaults. */
export function runWithAgent(services: Services): CommandContract['benchyard.task.runWithAgent'] {
  return async (node, nodes) => {
    requireTrust();
    const tasks = await askTasks(services, node, nodes);
    if (tasks === undefined) return;
    const choices = await askChoices(services, tasks.length);
    if (choices !== undefined) await launch(services, tasks, choices);
  };
}
