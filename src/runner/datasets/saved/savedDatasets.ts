import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../host';
import { RunnerError } from '../../model';
import { isNotFound, readJson } from '../../store/files';
import type { DatasetManifest } from './manifest';
import { datasetManifestSchema } from './manifest';

/** Beside what was downloaded. */
export const savedFolder = 'saved';

/** A saved dataset, with the places of its files on this machine. */
export interface SavedDataset {
  readonly folder: string;
  readonly manifest: DatasetManifest;
  readonly splits: readonly { readonly name: string; readonly path: string }[];
}

/** The datasets that `data etl` saved in the cache. */
export class SavedDatasets {
  readonly #root: string;

  constructor({ cacheDir }: Pick<Host, 'cacheDir'>) {
    this.#root = path.join(cacheDir, 'datasets', savedFolder);
  }

  /** @throws `invalid-config` for a name that no dataset may have */
  folderOf(name: string): string {
    return path.join(this.#root, checkDatasetName(name));
  }

  /** @throws `not-found`, with the names that there are */
  async open(name: string, { signal }: { readonly signal: AbortSignal }): Promise<SavedDataset> {
    signal.throwIfAborted();
    const folder = this.folderOf(name);
    const manifest = await readJson(
      path.join(folder, 'manifest.json'),
      datasetManifestSchema,
    ).catch(async (error: unknown) => {
      if (!RunnerError.is(error, 'not-found')) throw error;
      const names = (await this.names()).join(', ');
      throw new RunnerError(
        'not-found',
        `No dataset "${name}" is saved here; ${names === '' ? 'none is. Save one with data etl' : `there are: ${names}`}.`,
        { cause: error },
      );
    });
    const splits = manifest.splits.map((split) => ({
      name: split.name,
      path: path.join(folder, split.file),
    }));
    return { folder, manifest, splits };
  }

  /** Names of all that are whole, in their order. */
  async names(): Promise<readonly string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true }).catch((error: unknown) => {
      if (isNotFound(error)) return [];
      throw error;
    });
    // What is being written has a name that no dataset may have.
    return entries
      .filter((entry) => entry.isDirectory() && isDatasetName(entry.name))
      .map((entry) => entry.name)
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  }
}

function isDatasetName(name: string): boolean {
  return /^[A-Za-z0-9_][\w.+-]{0,99}$/.test(name) && !/\.$|\.(jsonl?|parquet|gz)$/.test(name);
}

/** @throws `invalid-config` */
export function checkDatasetName(name: string): string {
  if (isDatasetName(name)) return name;
  throw new RunnerError(
    'invalid-config',
    `${JSON.stringify(name)} cannot be the name of a dataset: use up to 100 letters, digits and _ . + - that neither begin with a dot or a dash nor end like the name of a data file.`,
  );
}
