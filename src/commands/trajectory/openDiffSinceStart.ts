import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { selectedSteps } from './selectedSteps';

/** Opens all that changed until the selected step. */
export function openDiffSinceStart(
  services: Services,
): CommandContract['benchyard.trajectory.openDiffSinceStart'] {
  return async (argument) => {
    const { trial, to } = await selectedSteps(services, argument);
    await services.changes.open(trial, { from: 0, to });
  };
}
