import { createHash } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import lockfile from 'proper-lockfile';
import type { Host } from '../../host';
import { repositoryName } from '../../model';
import { git, GitFailure, gitText } from '../../git';
import { isLocalRepository } from './taskFile';

export interface RepositoryOptions {
  readonly signal: AbortSignal;
  /** Called with what git says while it clones. */
  readonly onOutput?: (text: string) => void;
}

const fullHash = /^[0-9a-f]{40}$/;

/**
 * Bare mirrors of repositories below the cache folder: each repository is transferred once and then serves every task,
 * run and process. Safe against other processes (a lock a repository) and against being killed (made under a temporary
 * name, then renamed).
 */
export class RepositoryCache {
  readonly #host: Host;
  readonly #instead: readonly (readonly [address: string, place: string])[];
  readonly #mirrors = new Map<string, Promise<string>>();
  readonly #refreshed = new Set<string>();

  /** `instead`: beginnings of addresses and what takes their place; the longest that fits counts. */
  constructor(host: Host, instead: Readonly<Record<string, string>> = {}) {
    this.#host = host;
    this.#instead = Object.entries(instead).sort(([a], [b]) => b.length - a.length);
  }

  /** Repositories that are cloned from other places. */
  from(instead: Readonly<Record<string, string>>): RepositoryCache {
    return Object.keys(instead).length === 0 ? this : new RepositoryCache(this.#host, instead);
  }

  get folder(): string {
    return path.join(this.#host.cacheDir, 'mirrors');
  }

  /** Where a repository's mirror is or would be. */
  mirrorPath(repo: string): string {
    const hash = createHash('sha256').update(repo).digest('hex').slice(0, 12);
    return path.join(this.folder, `${repositoryName(repo).replace(/[^\w.-]/g, '_')}-${hash}.git`);
  }

  /**
   * The full commit hash of a ref. A full hash is believed; a branch or tag is looked up in the mirror, which is brought
   * up to date once per process.
   *
   * @throws GitFailure when the repository or the ref does not exist or cannot be reached
   */
  async resolve(repo: string, ref: string, options: RepositoryOptions): Promise<string> {
    return fullHash.test(ref) ? ref : await this.#lookUp(repo, ref, options);
  }

  /** The path of a mirror that holds this commit. */
  async mirrorWith(repo: string, commit: string, options: RepositoryOptions): Promise<string> {
    const mirror = await this.#mirror(repo, options);
    if ((await this.#commit(mirror, commit, options)) === null) {
      await this.#refresh(repo, mirror, options);
      if ((await this.#commit(mirror, commit, options)) === null) {
        await this.#fetchCommit(repo, mirror, commit, options);
      }
    }
    return mirror;
  }

  /** Where a repository is cloned from. */
  #placeOf(repo: string): string {
    for (const [address, place] of this.#instead) {
      if (!repo.startsWith(address)) continue;
      const replaced = place + repo.slice(address.length);
      return isLocalRepository(replaced) ? path.resolve(this.#host.cwd, replaced) : replaced;
    }
    return repo;
  }

  /** What is fetched, from where it is now: the mirror may have been made from elsewhere. */
  #origin(repo: string, what: string): readonly string[] {
    return ['--', this.#placeOf(repo), what];
  }

  async #lookUp(repo: string, ref: string, options: RepositoryOptions): Promise<string> {
    const mirror = await this.#mirror(repo, options);
    await this.#refresh(repo, mirror, options);
    const commit = await this.#commit(mirror, ref, options);
    if (commit === null)
      throw new GitFailure(`"${ref}" is neither a commit, a tag nor a branch of ${repo}`, 128);
    return commit;
  }

  async #commit(
    mirror: string,
    ref: string,
    { signal }: RepositoryOptions,
  ): Promise<string | null> {
    try {
      const args = [
        '--git-dir',
        mirror,
        'rev-parse',
        '--verify',
        '--quiet',
        '--end-of-options',
        `${ref}^{commit}`,
      ];
      return await gitText(this.#host, args, { signal });
    } catch (error) {
      if (error instanceof GitFailure) return null;
      throw error;
    }
  }

  /** Callers at the same time share one transfer, under the first one's limit. */
  #mirror(repo: string, options: RepositoryOptions): Promise<string> {
    const running = this.#mirrors.get(repo);
    if (running !== undefined) return running;
    const made = this.#makeMirror(repo, options).catch((error: unknown) => {
      this.#mirrors.delete(repo);
      throw error;
    });
    this.#mirrors.set(repo, made);
    return made;
  }

  async #makeMirror(repo: string, options: RepositoryOptions): Promise<string> {
    const mirror = this.mirrorPath(repo);
    if (await exists(mirror)) return mirror;
    const place = this.#placeOf(repo);
    if (isLocalRepository(place) && !(await exists(place))) {
      throw new GitFailure(`there is no repository at ${place}`, 128);
    }
    await mkdir(this.folder, { recursive: true });
    return await this.#locked(mirror, options.signal, async () => {
      if (await exists(mirror)) return mirror;
      const unfinished = `${mirror}.unfinished`;
      await rm(unfinished, { recursive: true, force: true });
      try {
        const clone = ['clone', '--mirror', '--progress', '--', place, unfinished];
        await git(this.#host, clone, options);
        await rename(unfinished, mirror);
      } finally {
        await rm(unfinished, { recursive: true, force: true });
      }
      this.#refreshed.add(repo);
      return mirror;
    });
  }

  /** Once per process: branches and tags that moved since the mirror was made. An unreachable origin leaves it as it is. */
  async #refresh(repo: string, mirror: string, options: RepositoryOptions): Promise<void> {
    if (this.#refreshed.has(repo)) return;
    this.#refreshed.add(repo);
    try {
      await this.#locked(mirror, options.signal, () =>
        git(
          this.#host,
          [
            '--git-dir',
            mirror,
            'fetch',
            '--prune',
            '--quiet',
            ...this.#origin(repo, '+refs/*:refs/*'),
          ],
          options,
        ),
      );
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      options.onOutput?.(`warning: the mirror of ${repo} could not be updated: ${error.message}\n`);
    }
  }

  /** A commit that no branch or tag leads to (a pull request's); servers that allow it give it by its hash. */
  async #fetchCommit(
    repo: string,
    mirror: string,
    commit: string,
    options: RepositoryOptions,
  ): Promise<void> {
    try {
      await this.#locked(mirror, options.signal, () =>
        git(
          this.#host,
          ['--git-dir', mirror, 'fetch', '--quiet', '--no-tags', ...this.#origin(repo, commit)],
          options,
        ),
      );
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      throw new GitFailure(`commit ${commit} is not in ${repo} (${error.message})`, error.exitCode);
    }
  }

  async #locked<T>(mirror: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const release = await lockfile.lock(mirror, {
      realpath: false,
      stale: 5000,
      update: 1000,
      retries: { forever: true, minTimeout: 25, maxTimeout: 250 },
    });
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      await release();
    }
  }
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
