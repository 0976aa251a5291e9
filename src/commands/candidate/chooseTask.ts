import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { askCandidate, askDocument } from './askCandidate';

/** Asks which problem a file is for, also where that is known, and remembers it. */
export function chooseCandidateTask(
  services: Services,
): CommandContract['benchyard.candidate.chooseTask'] {
  return async (uri) => {
    await askCandidate(services, await askDocument(uri), { ask: true });
  };
}
