import path from 'node:path';
import { readFile } from 'node:fs/promises';
import type { MleSourceName } from '../../datasets/sourceName';
import type { Host } from '../../host';
import type { MleTask, TechniqueId } from '../../model';
import { RunnerError, techniqueIds, techniqueIdSchema } from '../../model';
import { isNotFound } from '../../store/files';
import type { Competition, RegistryPlace } from './competitionRegistry';
import { CompetitionRegistry } from './competitionRegistry';
import { thresholdsOf } from './thresholds';

/**
 * The tasks that a name means, in the order of the list.
 *
 * @throws `not-found` where there is no such competition, list or technique
 */
export async function mleTasks(
  host: Host,
  { name, technique }: MleSourceName,
  place: RegistryPlace,
): Promise<readonly MleTask[]> {
  const registry = new CompetitionRegistry(host);
  const competitions = await competitionsOf(registry, name, place);
  const techniques = techniquesOf(technique);
  const tasks = competitions.map(async (competition) => {
    const shared = await sharedOf(competition);
    return techniques.map((id) => taskOf(shared, id));
  });
  return (await Promise.all(tasks)).flat();
}

async function competitionsOf(
  registry: CompetitionRegistry,
  name: string,
  place: RegistryPlace,
): Promise<readonly Competition[]> {
  if (name === 'all') return await registry.list(place);
  const ids = (await registry.lists()).get(name);
  if (ids === undefined) return [await registry.get(name, place)];
  // Lists name more competitions than are described here.
  const known = new Map(
    (await registry.list(place)).map((competition) => [competition.config.id, competition]),
  );
  const found = ids.flatMap((id) => known.get(id) ?? []);
  if (found.length > 0) return found;
  throw new RunnerError(
    'not-found',
    `None of the competitions of the list "${name}" is described.`,
  );
}

function techniquesOf(technique: string | null): readonly (TechniqueId | null)[] {
  if (technique === null) return [null];
  if (technique === '*') return techniqueIds;
  const parsed = techniqueIdSchema.safeParse(technique);
  if (parsed.success) return [parsed.data];
  throw new RunnerError(
    'not-found',
    `There is no technique task "${technique}": they are ${techniqueIds.join(', ')}.`,
  );
}

type Shared = Omit<MleTask, 'taskId' | 'technique' | 'source'>;

async function sharedOf({ config, folder, shipped }: Competition): Promise<Shared> {
  const dataset = !shipped
    ? path.basename(path.dirname(folder))
    : config.generator === undefined
      ? 'MLE-bench'
      : 'Demonstrations';
  return {
    benchmark: 'mle',
    group: config.id,
    repo: null,
    ref: null,
    dataset,
    version: null,
    difficulty: null,
    size: { patchLines: null, tests: null },
    competition: config,
    folder,
    description: await readDescription(folder),
    thresholds: await thresholdsOf(config, folder),
  };
}

function taskOf(shared: Shared, technique: TechniqueId | null): MleTask {
  const { id } = shared.competition;
  const taskId = technique === null ? id : `${id}/${technique}`;
  return { ...shared, taskId, technique, source: { file: `mle:${taskId}`, line: 0 } };
}

/** What a competition's author says of it, Markdown; empty where there is nothing. */
export async function readDescription(folder: string): Promise<string> {
  try {
    return await readFile(path.join(folder, 'description.md'), 'utf8');
  } catch (error) {
    if (isNotFound(error)) return '';
    throw error;
  }
}
