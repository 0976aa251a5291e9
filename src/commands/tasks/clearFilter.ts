import { noFilter } from '../../presentation/taskTree';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Shows all tasks again. */
export function clearFilter({
  tasksView,
}: Services): CommandContract['benchyard.tasks.clearFilter'] {
  return () => {
    tasksView.filter = noFilter;
    return Promise.resolve();
  };
}
