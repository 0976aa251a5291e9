import type { CompetitionListing } from '../runner/index';
import type { App, AppParts } from './app';
import * as routes from './routes';
import { placeOf } from './runConfigs';
import type { CompetitionEntry } from './schemas';

/** What can be run. */
export function addCatalogueRoutes(app: App, { runner, dataDir }: AppParts): void {
  app.openapi(routes.listCompetitions, async (c) => {
    const options = { signal: c.req.raw.signal, place: placeOf(dataDir) };
    const competitions = (await runner.listCompetitions(options)).map(competitionEntry);
    return c.json({ competitions }, 200);
  });
  app.openapi(routes.listTechniqueTasks, (c) => {
    const tasks = runner.listTechniqueTasks();
    const entries = tasks.map((task) => ({ ...task, artifacts: [...task.artifacts] }));
    return c.json({ technique_tasks: entries }, 200);
  });
}

function competitionEntry(listing: CompetitionListing): CompetitionEntry {
  const { id, config, splits, complete, prepared } = listing;
  return {
    id,
    name: config.name,
    data_kind: config.data_kind,
    metric: 'metric' in config.grader ? config.grader.metric : null,
    awards_medals: config.awards_medals,
    splits: [...splits],
    complete,
    prepared: prepared !== null,
  };
}
