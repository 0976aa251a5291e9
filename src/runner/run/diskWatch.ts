import { RunnerError } from '../model';
import type { SandboxProvider } from '../sandbox/sandbox';
import type { DiskSpace } from './diskSpace';
import { disksOf, leastFree, sizeText } from './diskSpace';

const periodMs = 2000;
/** Room is made when less than so many times of what has to stay free is left. */
const comfort = 2;
/** After nothing could be removed, nobody looks for something to remove for so long. */
const restMs = 60_000;
/** Whatever was asked for: with less than this, a write that failed for want of room is believed. */
const nearlyFull = 64 * 1024 ** 2;

export interface DiskWatchOptions {
  /** Where the run writes; what its sandboxes fill is looked at as well. */
  readonly folders: readonly string[];
  /** Bytes that stay free; undefined: the usual. */
  readonly minFree: number | undefined;
  /** null: the sandboxes are on other machines. */
  readonly provider: Pick<SandboxProvider, 'storageFolders' | 'makeRoom'> | null;
  readonly log: (message: string) => void;
}

/**
 * Looks after the disks of a run. When one gets short, prepared environments and pulled images that nobody needs now are
 * removed; when that does not help, it says so before the disk is full.
 */
export class DiskWatch implements AsyncDisposable {
  readonly #options: DiskWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<string | null> | null = null;
  #triedAt = -Infinity;
  readonly #stopped = new AbortController();

  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  /** Looks every few seconds until it is disposed of, or has told once that a disk is short. */
  start(onShort: (message: string) => void): void {
    this.#timer = setTimeout(() => {
      void this.look().then((message) => {
        if (this.#stopped.signal.aborted) return;
        if (message === null) this.start(onShort);
        else onShort(message);
      });
    }, periodMs).unref();
  }

  /** Makes room where there is little. @returns what to tell people when a disk is short all the same, else null */
  look(): Promise<string | null> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** @throws `disk-full` when a run could not even begin */
  async assertRoom(): Promise<void> {
    const message = await this.look();
    if (message !== null) throw new RunnerError('disk-full', message);
  }

  /** Whether a write may have failed since a disk is full; true also where nobody can see the sandboxes' disk. */
  async mayBeFull(): Promise<boolean> {
    const folders = this.#options.provider?.storageFolders() ?? [];
    if (folders.length === 0) return true;
    const disks = await disksOf([...this.#options.folders, ...folders]);
    return disks.some(
      (disk) => disk.isOutOfInodes || disk.freeBytes < Math.max(nearlyFull, this.#wanted(disk)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#stopped.abort(new Error('the run has ended'));
    await this.#looking;
  }

  async #look(): Promise<string | null> {
    const { provider, folders, log } = this.#options;
    try {
      const fills = provider?.storageFolders() ?? [];
      let disks = await disksOf([...folders, ...fills]);
      const short = disks.filter((disk) => disk.freeBytes < this.#wanted(disk));
      if (provider !== null && short.length > 0 && performance.now() - this.#triedAt > restMs) {
        const bytes = Math.max(...short.map((disk) => this.#wanted(disk) - disk.freeBytes));
        const freed = await provider.makeRoom(bytes, { signal: this.#stopped.signal });
        log(`room is short: ${sizeText(freed)} of unused environments and images were removed`);
        if (freed === 0) this.#triedAt = performance.now();
        disks = await disksOf([...folders, ...fills]);
      }
      const full = disks.find((disk) => disk.isOutOfInodes || disk.freeBytes < this.#least(disk));
      return full === undefined ? null : this.#message(full);
    } catch (error) {
      // A look that fails says nothing: the engine may be gone, and whoever works with it is told so.
      log(`the disks could not be looked at: ${String(error)}`);
      return null;
    }
  }

  #least(disk: DiskSpace): number {
    return leastFree(disk, this.#options.minFree);
  }

  #wanted(disk: DiskSpace): number {
    return this.#least(disk) * comfort;
  }

  #message(disk: DiskSpace): string {
    const what = disk.isOutOfInodes
      ? `The disk of ${disk.folder} can hold no more files`
      : `Only ${sizeText(disk.freeBytes)} are free on the disk of ${disk.folder}, where ${sizeText(this.#least(disk))} have to stay free (min_free_disk)`;
    return `${what}. Free some space (\`benchyard clean --snapshots --images\` removes what Benchyard can make again), then start or resume the run.`;
  }
}
