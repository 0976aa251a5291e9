import path from 'node:path';
import type { Host } from '../../host';
import type { PreparedManifest } from '../../model';
import { preparedManifestSchema, RunnerError } from '../../model';
import { readJson } from '../../store/files';

/** Folders of a competition's data. */
export interface DataPlaces {
  readonly raw: string;
  /** There when it is whole: it is made under another name. */
  readonly prepared: string;
  readonly public: string;
  readonly private: string;
  readonly manifest: string;
}

/** `dataDir`: as the configuration names it. */
export function dataPlaces(host: Host, dataDir: string | undefined, id: string): DataPlaces {
  const root =
    dataDir === undefined ? path.join(host.cacheDir, 'mle') : path.resolve(host.cwd, dataDir);
  const folder = path.join(root, id);
  const prepared = path.join(folder, 'prepared');
  return {
    raw: path.join(folder, 'raw'),
    prepared,
    public: path.join(prepared, 'public'),
    private: path.join(prepared, 'private'),
    manifest: path.join(prepared, 'manifest.json'),
  };
}

/**
 * What is known of a competition's prepared data; null: it is not prepared.
 *
 * @throws `invalid-config` where the folder was made by another program
 */
export async function readManifest(places: DataPlaces): Promise<PreparedManifest | null> {
  try {
    return await readJson(places.manifest, preparedManifestSchema);
  } catch (error) {
    if (RunnerError.is(error, 'not-found')) return null;
    throw error;
  }
}
