import path from 'node:path';
import * as z from 'zod';
import { safeParts } from '../../download/safeParts';
import type { Host } from '../../host';
import { RunnerError } from '../../model';
import { readJson, writeJson } from '../../store/files';
import { download } from './download';
import type { HubFile, HubOptions } from './hubApi';
import { HubApi, hubName } from './hubApi';

/** A dataset at one commit: its rows are always the same. */
export interface PinnedDataset {
  readonly repository: string;
  readonly commit: string;
  readonly files: readonly HubFile[];
}

const fullHash = /^[0-9a-f]{40}$/;
const hexSchema = z.string().regex(/^[0-9a-f]{40,64}$/);
const refSchema = z.object({ commit: z.string().regex(fullHash), seen_at: z.string() });
const filesSchema = z.array(
  z.object({
    path: z.string(),
    size: z.int().nonnegative(),
    digest: z.object({ algorithm: z.enum(['sha256', 'git-sha1']), hex: hexSchema }),
  }),
);

/** How long this process believes where a branch points to. */
const believedMs = 60_000;

/**
 * Datasets of the Hugging Face hub in the cache: each file of a commit is downloaded once. Without a network, or with
 * `HF_HUB_OFFLINE=1`, what was downloaded before goes on working, and it is said so.
 */
export class HubDatasets {
  readonly #host: Host;
  readonly #firstPauseMs: number | undefined;
  readonly #believed = new Map<string, { readonly commit: string; readonly at: number }>();
  #made: HubApi | null = null;

  constructor(host: Host, { firstPauseMs }: { readonly firstPauseMs?: number } = {}) {
    this.#host = host;
    this.#firstPauseMs = firstPauseMs;
  }

  /** The folder of the cache that a dataset's commit has, whether it is there or not. */
  folderOf(repository: string, commit: string): string {
    return path.join(this.#repositoryFolder(repository), commit);
  }

  /** Finds out which commit a revision means, and which files it has. */
  async pin(repository: string, revision: string, options: HubOptions): Promise<PinnedDataset> {
    const commit = await this.#commitOf(repository, revision, options);
    return { repository, commit, files: await this.#files(repository, commit, options) };
  }

  /** The path of a file of a dataset, which is downloaded when it is not there: once for all commits that have it. */
  async file(
    { repository, commit, files }: PinnedDataset,
    name: string,
    options: HubOptions,
  ): Promise<string> {
    const file = files.find((one) => one.path === name);
    if (file === undefined)
      throw new RunnerError('not-found', `${repository}@${commit} has no file ${name}.`);
    const own = safeParts(name, hubName).at(-1) ?? name;
    const target = path.join(this.#repositoryFolder(repository), 'files', file.digest.hex, own);
    await download({ api: this.#api(), repository, commit, file }, target, options);
    return target;
  }

  async #commitOf(repository: string, revision: string, options: HubOptions): Promise<string> {
    if (fullHash.test(revision)) return revision;
    const key = `${repository}@${revision}`;
    const believed = this.#believed.get(key);
    if (believed !== undefined && Date.now() - believed.at < believedMs) return believed.commit;
    const commit = await this.#askCommit(repository, revision, options);
    this.#believed.set(key, { commit, at: Date.now() });
    return commit;
  }

  async #askCommit(repository: string, revision: string, options: HubOptions): Promise<string> {
    const refs = path.join(this.#repositoryFolder(repository), 'refs');
    const ref = path.join(refs, `${encodeURIComponent(revision)}.json`);
    try {
      const commit = await this.#api().commitOf(repository, revision, options);
      await writeJson(ref, { commit, seen_at: new Date().toISOString() });
      return commit;
    } catch (error) {
      const offline = this.#api().offline;
      if (!RunnerError.is(error, 'dataset-unavailable') || !(error.retryable || offline))
        throw error;
      const known = await readCached(ref, refSchema);
      if (known === null) throw error;
      const why = offline ? 'HF_HUB_OFFLINE is set' : 'the hub cannot be reached';
      options.onProgress?.(
        `${repository}@${revision}: ${why}; taken from the cache, as of ${known.seen_at.slice(0, 10)} (${known.commit.slice(0, 7)})`,
      );
      return known.commit;
    }
  }

  async #files(
    repository: string,
    commit: string,
    options: HubOptions,
  ): Promise<readonly HubFile[]> {
    const list = path.join(this.folderOf(repository, commit), 'files.json');
    const known = await readCached(list, filesSchema);
    if (known !== null) return known;
    const files = await this.#api().files(repository, commit, options);
    await writeJson(list, files);
    return files;
  }

  #repositoryFolder(repository: string): string {
    return path.join(this.#host.cacheDir, 'datasets', ...safeParts(repository, hubName));
  }

  #api(): HubApi {
    const pause = this.#firstPauseMs === undefined ? {} : { firstPauseMs: this.#firstPauseMs };
    return (this.#made ??= new HubApi(this.#host, pause));
  }
}

/** What the cache has, if it can be used: it may be torn, or of another version of this program. */
async function readCached<T extends z.ZodType>(
  file: string,
  schema: T,
): Promise<z.output<T> | null> {
  try {
    return await readJson(file, schema);
  } catch (error) {
    if (RunnerError.is(error, 'not-found') || RunnerError.is(error, 'invalid-config')) return null;
    throw error;
  }
}
