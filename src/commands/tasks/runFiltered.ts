import { allTasks, requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { confirmAndLaunch } from './runAll';

/** Runs the tasks that the view's filter leaves. */
export function runFilteredTasks(
  services: Services,
): CommandContract['benchyard.tasks.runFiltered'] {
  return async () => {
    requireTrust();
    await confirmAndLaunch(services, await allTasks(services));
  };
}
