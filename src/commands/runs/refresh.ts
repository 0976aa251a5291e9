import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Lists the run folders again. */
export function refreshRuns({ runs }: Services): CommandContract['benchyard.runs.refresh'] {
  return () => runs.refresh();
}
