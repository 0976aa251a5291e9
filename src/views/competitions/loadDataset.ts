import type { LoadedTasks, LoadOptions, Runner } from '../../runner/index';
import { isMleTask } from '../../runner/model';

/**
 * The tasks of a dataset; with competitions, the technique tasks on their data as well, where there is a table that these
 * can be made from.
 */
export async function loadDataset(
  runner: Runner,
  name: string,
  options: LoadOptions,
): Promise<LoadedTasks> {
  const loaded = await runner.loadTasks([name], options);
  if (!name.startsWith('mle:') || name.includes('/') || loaded.tasks.length === 0) return loaded;
  const techniques = await runner.loadTasks([`${name}/*`], options);
  const suitable = techniques.tasks.filter(
    (task) => isMleTask(task) && task.competition.dataset.train !== undefined,
  );
  return { ...loaded, tasks: [...loaded.tasks, ...suitable] };
}
