import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../host';
import { RunnerError } from '../../model';
import type { DatasetQuery, MakeDatasetOptions } from '../../runner';
import { diskError, writeJson } from '../../store/files';
import type { HubDatasets } from '../hub/hubDatasets';
import type { DatasetManifest, SavedSplit } from '../saved/manifest';
import type { SavedDatasets } from '../saved/savedDatasets';
import { checkDatasetName } from '../saved/savedDatasets';
import { openSource } from './etlSource';
import type { EtlSource } from './etlSource';
import { writeSplit } from './writeSplit';

const abandonedMs = 24 * 3600 * 1000;

export interface DatasetPlaces {
  readonly host: Host;
  readonly hub: HubDatasets;
  readonly saved: SavedDatasets;
}

/**
 * Makes a dataset of another one and saves it: sampled (the train split), class labels by name where that is asked for,
 * then without the solutions of other languages, as AlphaCodium's `data etl` does it in this order. It is written beside
 * its place and renamed, so that it is there whole or not at all.
 */
export async function makeDataset(
  query: DatasetQuery,
  { host, hub, saved, ...options }: DatasetPlaces & MakeDatasetOptions,
): Promise<DatasetManifest> {
  check(query);
  const target = saved.folderOf(query.name);
  await assertReplaceable(saved, query.name, options);
  await removeAbandoned(path.dirname(target));
  const source = await openSource(query.source, query.splits, { host, hub, saved, ...options });
  const draft = path.join(path.dirname(target), `.${query.name}.${randomUUID()}`);
  try {
    await mkdir(draft, { recursive: true });
    const { splits, notes } = await writeSplits(source, draft, { query, options });
    const manifest: DatasetManifest = {
      schema_version: 1,
      name: query.name,
      source: query.source,
      commit: source.commit,
      filter_languages: [...(query.languages ?? [])],
      translate_references: query.translateReferences ?? false,
      train_sample: query.trainSample ?? null,
      seed: query.seed ?? 0,
      splits: [...splits],
      notes: [...notes],
      versions: { benchyard: host.version },
      created_at: new Date().toISOString(),
    };
    await writeJson(path.join(draft, 'manifest.json'), manifest);
    options.signal.throwIfAborted();
    await replace(target, draft, options);
    return manifest;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw diskError(error, target);
  }
}

function check({ name, trainSample, languages, seed = 0 }: DatasetQuery): void {
  checkDatasetName(name);
  if (trainSample !== undefined && !(trainSample > 0 && trainSample <= 1))
    throw new RunnerError(
      'invalid-config',
      `A sample of ${String(trainSample)} is none: give a share above 0 and up to 1, such as 0.1.`,
    );
  if (languages?.length === 0)
    throw new RunnerError('invalid-config', 'Name at least one language, or filter by none.');
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RunnerError('invalid-config', 'A seed is a whole number from 0 up.');
}

/** Drafts of processes that were killed. One that was begun within a day may still be written. */
async function removeAbandoned(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names.filter((one) => one.startsWith('.'))) {
    const draft = path.join(root, name);
    const { mtimeMs } = await stat(draft);
    if (Date.now() - mtimeMs > abandonedMs) await rm(draft, { recursive: true, force: true });
  }
}

/** A folder that holds something else is nobody's to replace. */
async function assertReplaceable(
  saved: SavedDatasets,
  name: string,
  options: MakeDatasetOptions,
): Promise<void> {
  if (!(await saved.names()).includes(name)) return;
  const manifest = await saved.open(name, options).catch((error: unknown) => {
    throw new RunnerError(
      'invalid-config',
      `${saved.folderOf(name)} is there and holds no dataset that could be replaced; choose another name, or remove it.`,
      { cause: error },
    );
  });
  options.onNote?.(
    `${name} is saved already (${manifest.manifest.created_at.slice(0, 10)}); it is replaced when the new one is whole`,
  );
}

async function writeSplits(
  source: EtlSource,
  draft: string,
  { query, options }: { readonly query: DatasetQuery; readonly options: MakeDatasetOptions },
): Promise<{ readonly splits: readonly SavedSplit[]; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  const note = (line: string): void => {
    notes.push(line);
    options.onNote?.(line);
  };
  const splits: SavedSplit[] = [];
  for (const split of source.splits)
    splits.push(await writeSplit(split, draft, { query, note, ...options }));
  const { trainSample, languages } = query;
  if (trainSample !== undefined && !splits.some(({ name }) => name === 'train'))
    note('no split is called train, so nothing was sampled');
  const left = splits.some(({ after }) => after.solutions + after.incorrect_solutions > 0);
  const were = splits.some(({ before }) => before.solutions + before.incorrect_solutions > 0);
  if (languages !== undefined && were && !left)
    throw new RunnerError(
      'invalid-config',
      `No solution in ${languages.join(', ')} is left of any problem; filter by other languages, or by none.`,
    );
  return { splits, notes };
}

async function replace(
  target: string,
  draft: string,
  { onNote }: MakeDatasetOptions,
): Promise<void> {
  const old = `${draft}.old`;
  const had = await rename(target, old).then(
    () => true,
    () => false,
  );
  try {
    await rename(draft, target);
  } catch (error) {
    if (had) await rename(old, target);
    throw error;
  }
  if (!had) return;
  await rm(old, { recursive: true, force: true });
  onNote?.(`the dataset that had the name before was replaced`);
}
