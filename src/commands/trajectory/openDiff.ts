import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { selectedSteps } from './selectedSteps';

/** Opens what the selected steps changed in the diff editor. */
export function openStepDiff(services: Services): CommandContract['benchyard.trajectory.openDiff'] {
  return async (argument) => {
    const { trial, from, to } = await selectedSteps(services, argument);
    await services.changes.open(trial, { from: from - 1, to });
  };
}
