import { randomInt } from 'node:crypto';
import type { CompetitionRegistry } from '../benchmarks/mle/competitionRegistry';
import type { CompetitionRunQuery } from '../facade/competitions';
import type { RunConfigInput, TechniqueId } from '../model';
import { RunnerError } from '../model';

/** Where MLE-bench's run groups are. */
const usualOut = 'runs';

/**
 * The configuration of a run of competitions. Technique tasks are all six where none is named. Who names no seed gets one
 * that is drawn, and stands in run.json: a technique task's data must not be the same in every run.
 */
export async function competitionRun(
  query: CompetitionRunQuery,
  registry: CompetitionRegistry,
): Promise<RunConfigInput> {
  const ids = await idsOf(query, registry);
  const techniques = techniquesOf(query);
  const tasks = ids.flatMap((id) => [
    ...(query.competitions === false ? [] : [`mle:${id}`]),
    ...techniques.map((technique) => `mle:${id}/${technique}`),
  ]);
  if (tasks.length === 0)
    throw new RunnerError(
      'invalid-config',
      ids.length === 0
        ? 'No competition is left to run: none of the set is a lite one.'
        : 'Nothing is left to run: no competitions and no technique tasks are asked for.',
    );
  const { config, n_seeds: seeds, n_workers: workers } = query;
  return {
    out: usualOut,
    seed: randomInt(2 ** 31),
    ...config,
    tasks,
    ...(seeds === undefined ? {} : { attempts: seeds }),
    ...(workers === undefined ? {} : { concurrency: workers }),
  };
}

async function idsOf(
  { competition_set: set, lite }: CompetitionRunQuery,
  registry: CompetitionRegistry,
): Promise<readonly string[]> {
  if (set === undefined) {
    if (lite === true) return await registry.lite();
    throw new RunnerError(
      'invalid-config',
      'Say which competitions: --competition-set FILE with one id a line, or --lite.',
    );
  }
  const ids = typeof set === 'string' ? await registry.idsOf(set) : set;
  if (lite !== true) return [...new Set(ids)];
  const liteIds = new Set(await registry.lite());
  return [...new Set(ids)].filter((id) => liteIds.has(id));
}

function techniquesOf({ technique_tasks: wanted, tasks }: CompetitionRunQuery): readonly string[] {
  if (tasks !== undefined && tasks.length > 0) return [...new Set<TechniqueId>(tasks)];
  return wanted === true ? ['*'] : [];
}
