import { askTasks, requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import { launch } from '../launch';
import type { Services } from '../services';

/** Runs one or several tasks with the settings' agent. */
export function runTask(services: Services): CommandContract['benchyard.task.run'] {
  return async (node, nodes) => {
    requireTrust();
    const tasks = await askTasks(services, node, nodes);
    if (tasks !== undefined) await launch(services, tasks);
  };
}
