import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../host';
import type { PreparedEnvironment } from '../run/environments';
import type { TreeChange } from './treeStore';
import { TreeStore } from './treeStore';

/** A base commit and the files in it. */
export interface TreeBase {
  readonly store: TreeStore;
  readonly commit: string;
  readonly files: ReadonlyMap<string, { readonly mode: string; readonly id: string }>;
}

interface CacheOptions {
  readonly signal: AbortSignal;
}

/** Working trees as environments begin with them, one for all trials that begin alike. */
export class TreeCache {
  readonly #host: Host;
  readonly #making = new Map<string, Promise<TreeBase>>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** The environment's base, from the cache or from the files that `read` gives. */
  async base(
    environment: PreparedEnvironment,
    read: () => Promise<TreeChange['written']>,
    { signal }: CacheOptions,
  ): Promise<TreeBase> {
    const { snapshot, image, spec } = environment;
    const key = createHash('sha256')
      .update(JSON.stringify([1, snapshot?.key, snapshot?.id, image.digest, spec.workdir]))
      .digest('hex')
      .slice(0, 32);
    for (;;) {
      const running = this.#making.get(key);
      if (running === undefined) break;
      const base = await running.catch(() => null);
      signal.throwIfAborted();
      if (base !== null) return base;
    }
    const making = this.#find(key, { signal }).then(
      (found) => found ?? this.#make(key, read, { signal }),
    );
    this.#making.set(key, making);
    making.catch(() => this.#making.delete(key));
    return await making;
  }

  async #find(key: string, { signal }: CacheOptions): Promise<TreeBase | null> {
    const store = new TreeStore(this.#host, this.#folder(`${key}.git`));
    try {
      const commit = await store.baseCommit({ signal });
      return { store, commit, files: await store.files(commit, { signal }) };
    } catch {
      signal.throwIfAborted();
      return null;
    }
  }

  async #make(
    key: string,
    read: () => Promise<TreeChange['written']>,
    { signal }: CacheOptions,
  ): Promise<TreeBase> {
    await mkdir(this.#folder(''), { recursive: true });
    const work = await mkdtemp(this.#folder('new-'));
    try {
      const made = new TreeStore(this.#host, work);
      await made.create();
      await made.importBase(await read(), { signal });
      await this.#settle(work, key, signal);
      const base = await this.#find(key, { signal });
      if (base !== null) return base;
      throw new Error(`the base of ${key} is gone already`);
    } catch (error) {
      await rm(work, { recursive: true, force: true });
      throw error;
    }
  }

  /** Puts a base in its place. Where another process was faster, theirs is as good. */
  async #settle(work: string, key: string, signal: AbortSignal): Promise<void> {
    const place = this.#folder(`${key}.git`);
    try {
      await rename(work, place);
    } catch {
      if ((await this.#find(key, { signal })) !== null) {
        await rm(work, { recursive: true, force: true });
        return;
      }
      await rm(place, { recursive: true, force: true }); // what is there cannot be used
      await rename(work, place);
    }
  }

  #folder(name: string): string {
    return path.join(this.#host.cacheDir, 'trees', name);
  }
}
