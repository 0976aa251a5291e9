import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { diskError } from '../store/files';
import type { ProgressOptions } from './sandbox';

const pollMs = 250;

export interface BuildOnceOptions extends ProgressOptions {
  /** Said once when another process is building the same. */
  readonly waiting: string;
  /** Removes what a killed build left; for content that `rm` may not remove. */
  readonly discard?: (folder: string) => Promise<void>;
}

/**
 * Makes a folder of the cache unless it is there: one process builds, others wait for it. It appears whole or not at
 * all, since it is built under another name and renamed.
 */
export async function buildOnce(
  folder: string,
  build: (temporary: string) => Promise<void>,
  options: BuildOnceOptions,
): Promise<void> {
  if (await exists(folder)) return;
  const discard =
    options.discard ?? ((leftover: string) => rm(leftover, { recursive: true, force: true }));
  await withLock(folder, options, async () => {
    if (await exists(folder)) return;
    // Whoever made these is dead: they were made under the lock that is now ours.
    const siblings = await readdir(path.dirname(folder));
    for (const name of siblings.filter((sibling) => sibling.startsWith(buildPrefix(folder)))) {
      await discard(path.join(path.dirname(folder), name));
    }
    const temporary = path.join(path.dirname(folder), `${buildPrefix(folder)}${Date.now()}`);
    await mkdir(temporary);
    try {
      await build(temporary);
      await rename(temporary, folder);
    } catch (error) {
      await discard(temporary);
      options.signal.throwIfAborted();
      throw diskError(error, folder);
    }
  });
}

function buildPrefix(folder: string): string {
  return `.building-${path.basename(folder)}-`;
}

/** Runs `work` while holding the lock of `target` (which need not exist), waiting for it as long as the signal lets. */
export async function withLock<T>(
  target: string,
  options: ProgressOptions & { readonly waiting: string },
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(path.dirname(target), { recursive: true });
  const release = await acquire(target, options);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(
  target: string,
  { signal, onProgress, waiting }: ProgressOptions & { readonly waiting: string },
): Promise<() => Promise<void>> {
  let told = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      const release = await lockfile.lock(target, {
        realpath: false,
        stale: 10_000,
        update: 2000,
        // The default would crash the process. Losing the lock costs a second build, and the rename decides.
        onCompromised: () => undefined,
      });
      return () => release().catch(() => undefined);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
    }
    if (!told) onProgress(waiting);
    told = true;
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
