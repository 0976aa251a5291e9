import { mkdtemp, rm } from 'node:fs/promises';
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
