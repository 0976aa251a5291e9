import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import lockfile from 'proper-lockfile';

const pauseMs = 250;

export interface FileLockOptions {
  /** Said once when another process has the lock: `waiting for another process that …`. */
  readonly waiting: string;
  readonly signal: AbortSignal;
  readonly onProgress?: ((line: string) => void) | undefined;
}

/**
 * Does what one process at a time may do with `target`, which need not exist. Should the lock be lost while the machine
 * sleeps, nobody is told: what is done must be whole or not at all by itself.
 */
export async function withFileLock<T>(
  target: string,
  options: FileLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(path.dirname(target), { recursive: true });
  const release = await take(target, options);
  try {
    return await work();
  } finally {
    await release().catch(() => undefined); // one that was lost has nothing to release
  }
}

async function take(
  target: string,
  { waiting, signal, onProgress }: FileLockOptions,
): Promise<() => Promise<void>> {
  for (let told = false; ; told = true) {
    signal.throwIfAborted();
    try {
      return await lockfile.lock(target, {
        realpath: false,
        stale: 20_000,
        update: 5000,
        onCompromised: () => undefined,
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
      if (!told) onProgress?.(waiting);
      await pause(pauseMs, undefined, { signal });
    }
  }
}
