import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { nodeHost } from '../../src/nodeHost';
import type { Host } from '../../src/runner/index';

/** A folder that is gone when the scope ends. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'benchyard-test-'));
  return {
    path: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The machine as it is, with a cache and a working folder of the test's own. */
export function testHost(folder: string, overrides: Partial<Host> = {}): Host {
  return nodeHost({ cwd: folder, cacheDir: path.join(folder, 'cache'), ...overrides });
}

export const never = new AbortController().signal;

/**
 * A cache folder of a test's own, which shares with the machine only the root file systems: these are built from
 * packages and take a minute.
 */
export async function testCache(folder: string): Promise<string> {
  const cache = path.join(folder, 'cache');
  const roots = path.join(nodeHost().cacheDir, 'roots');
  await mkdir(cache, { recursive: true });
  await mkdir(roots, { recursive: true });
  await symlink(roots, path.join(cache, 'roots'));
  return cache;
}
