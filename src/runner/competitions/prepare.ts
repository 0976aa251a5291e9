import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Competition, CompetitionRegistry } from '../benchmarks/mle/competitionRegistry';
import type { DataPlaces } from '../benchmarks/mle/dataPlaces';
import { dataPlaces, readManifest } from '../benchmarks/mle/dataPlaces';
import { downloadCompetition } from '../benchmarks/mle/kaggle/downloadCompetition';
import { prepareData, rawFolder } from '../benchmarks/mle/prepareData';
import { takeRawData } from '../benchmarks/mle/rawData';
import { generatorSeed } from '../benchmarks/mle/prepareTask';
import type { CompetitionOptions, PreparedCompetition, PrepareQuery } from '../facade/competitions';
import type { Host } from '../host';
import { RunnerError } from '../model';
import { withLock } from '../sandbox/buildOnce';
import type { LearningSandboxes } from './learningSandbox';
import { learningSandboxes } from './learningSandbox';

interface PrepareParts {
  readonly host: Host;
  readonly registry: CompetitionRegistry;
}

/** Prepares competitions one after another; what fails is told and does not stop the others. */
export async function prepareCompetitions(
  query: PrepareQuery,
  { host, registry }: PrepareParts,
  options: CompetitionOptions,
): Promise<readonly PreparedCompetition[]> {
  const chosen = await chosenCompetitions(registry, query, options);
  await using sandboxes = learningSandboxes(host, options);
  const onProgress = (line: string): void => options.onProgress?.(line);
  const prepared: PreparedCompetition[] = [];
  for (const competition of chosen) {
    const { id } = competition.config;
    const places = dataPlaces(host, options.place?.data_dir, id);
    const from = query.from === undefined ? null : path.resolve(host.cwd, query.from);
    const alone = chosen.length === 1;
    const work = new Preparing({ host, sandboxes, competition, places, options });
    try {
      // One process brings and removes a competition's raw data at a time.
      const waiting = `Another process prepares ${id}; waiting for it.`;
      const lock = { signal: options.signal, onProgress, waiting };
      const run = (): Promise<PreparedCompetition> =>
        work.run({ from, alone, keepRaw: query.keepRaw ?? false });
      prepared.push(await withLock(`${places.raw}.work`, lock, run));
    } catch (error) {
      options.signal.throwIfAborted();
      if (!RunnerError.is(error)) throw error;
      prepared.push({ id, state: 'failed', manifest: null, message: error.message });
    }
  }
  return prepared;
}

/** @throws `invalid-config` when nothing is named, `not-found` when something is not there */
async function chosenCompetitions(
  registry: CompetitionRegistry,
  { ids = [], lite, list, all }: PrepareQuery,
  { place }: CompetitionOptions,
): Promise<readonly Competition[]> {
  if (all === true) return await registry.list(place);
  const named = new Set([
    ...ids,
    ...(lite === true ? await registry.lite() : []),
    ...(list === undefined ? [] : await registry.idsOf(list)),
  ]);
  if (named.size === 0)
    throw new RunnerError(
      'invalid-config',
      'Say which competitions: -c ID, --lite, or -l FILE with one id a line ("mle list" shows all of them).',
    );
  return await Promise.all([...named].map((id) => registry.get(id, place)));
}

interface PreparingParts {
  readonly host: Host;
  readonly sandboxes: LearningSandboxes;
  readonly competition: Competition;
  readonly places: DataPlaces;
  readonly options: CompetitionOptions;
}

/** One competition that is to be prepared. */
class Preparing {
  readonly #parts: PreparingParts;

  constructor(parts: PreparingParts) {
    this.#parts = parts;
  }

  async run({
    from,
    alone,
    keepRaw,
  }: {
    /** Absolute. */
    readonly from: string | null;
    readonly alone: boolean;
    readonly keepRaw: boolean;
  }): Promise<PreparedCompetition> {
    const { competition, places } = this.#parts;
    const { id, preparer, generator } = competition.config;
    const known = await readManifest(places);
    if (known !== null) return { id, state: 'already', manifest: known, message: null };
    if (preparer === undefined)
      throw new RunnerError(
        'invalid-config',
        `${id} is described here, but cannot be prepared yet.`,
      );
    if (generator !== undefined && from === null) {
      await this.#prepare(null);
    } else {
      if (from === null) await this.#download();
      else await this.#take(from, alone);
      await this.#prepare(places.raw);
      // What was downloaded can be downloaded again, and of what was taken the originals are where they were.
      if (!keepRaw) await rm(places.raw, { recursive: true, force: true });
    }
    return { id, state: 'prepared', manifest: await readManifest(places), message: null };
  }

  async #take(from: string, isOnly: boolean): Promise<void> {
    const { competition, places, options } = this.#parts;
    const { signal } = options;
    const onProgress = (line: string): void => options.onProgress?.(line);
    await takeRawData(from, competition.config.id, {
      folder: places.raw,
      isOnly,
      signal,
      onProgress,
    });
  }

  async #download(): Promise<void> {
    const { host, competition, places, options } = this.#parts;
    const { id, kaggle, checksums } = competition.config;
    if (kaggle === null)
      throw new RunnerError(
        'invalid-config',
        `${id} is not on Kaggle: name the folder with its raw data (--from DIR).`,
      );
    const onProgress = (line: string): void => options.onProgress?.(line);
    const { signal } = options;
    await downloadCompetition(kaggle ?? id, {
      host,
      folder: places.raw,
      checksums,
      signal,
      onProgress,
    });
  }

  async #prepare(raw: string | null): Promise<void> {
    const { sandboxes, competition, places, options } = this.#parts;
    const { id } = competition.config;
    options.onProgress?.(`${id}: preparing`);
    await using builder = await sandboxes.open({
      profile: 'builder',
      mounts: raw === null ? [] : [{ source: raw, target: rawFolder }],
      purpose: `prepare ${id}`,
    });
    const seed = raw === null ? generatorSeed : null;
    const onProgress = (line: string): void => options.onProgress?.(line);
    const outcome = await prepareData(builder, competition, {
      places,
      seed,
      signal: options.signal,
      onProgress,
    });
    if (!outcome.ok)
      throw new RunnerError('invalid-config', `${id} could not be prepared: ${outcome.detail}`);
  }
}
