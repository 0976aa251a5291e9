import path from 'node:path';
import type { Competition } from '../benchmarks/mle/competitionRegistry';
import { CompetitionRegistry } from '../benchmarks/mle/competitionRegistry';
import { dataPlaces, readManifest } from '../benchmarks/mle/dataPlaces';
import { readLeaderboard } from '../benchmarks/mle/leaderboard';
import { readDescription } from '../benchmarks/mle/mleTasks';
import { techniqueInfo } from '../benchmarks/mle/techniques';
import { leaderboardOf } from '../benchmarks/mle/thresholds';
import type { CompetitionListing, CompetitionOptions } from '../facade/competitions';
import type { Host } from '../host';
import { awardMedals, medalThresholds, techniqueIds } from '../model';
import type { CompetitionCalls } from '../runner';
import { gradeSample, gradeSubmissions } from './grading';
import { prepareCompetitions } from './prepare';
import { competitionRun } from './runQuery';
import { gradeTechnique, prepareTechnique } from './techniqueCalls';

/** The facade's part that knows competitions. */
export function openCompetitions(host: Host): CompetitionCalls {
  const registry = new CompetitionRegistry(host);

  async function listingOf(
    { config, folder }: Competition,
    { place }: CompetitionOptions,
  ): Promise<CompetitionListing> {
    const lists = await registry.lists();
    return {
      id: config.id,
      config,
      folder,
      splits: [...lists].filter(([, ids]) => ids.includes(config.id)).map(([name]) => name),
      complete: config.preparer !== undefined,
      prepared: await readManifest(dataPlaces(host, place?.data_dir, config.id)),
    };
  }

  return {
    medals: async (leaderboard, scores) => {
      const file = path.resolve(host.cwd, leaderboard);
      const thresholds = medalThresholds(await readLeaderboard(file));
      return scores.map((score) => awardMedals(score, thresholds));
    },
    listCompetitions: async (options) => {
      const all = await registry.list(options.place);
      return await Promise.all(all.map((competition) => listingOf(competition, options)));
    },
    readCompetition: async (id, options) => {
      const competition = await registry.get(id, options.place);
      const { folder } = competition;
      const places = dataPlaces(host, options.place?.data_dir, id);
      return {
        ...(await listingOf(competition, options)),
        description: await readDescription(folder),
        leaderboard: await leaderboardOf(folder),
        data: { raw: places.raw, public: places.public, private: places.private },
      };
    },
    competitionLists: () => registry.lists(),
    listTechniqueTasks: () => techniqueIds.map(techniqueInfo),
    prepareCompetitions: (query, options) =>
      prepareCompetitions(query, { host, registry }, options),
    gradeSample: (csv, id, options) => gradeSample(csv, id, { host, registry }, options),
    gradeSubmissions: (jsonl, options) => gradeSubmissions(jsonl, { host, registry }, options),
    competitionRun: (query) => competitionRun(query, registry),
    prepareTechnique: (query, options) => prepareTechnique(query, host, options),
    gradeTechnique: (query, options) => gradeTechnique(query, host, options),
  };
}
