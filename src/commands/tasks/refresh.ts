import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Looks for task files again and reads them. */
export function refreshTasks({ tasks }: Services): CommandContract['benchyard.tasks.refresh'] {
  return () => tasks.refresh();
}
