import { lstat, mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../host';
import { RunnerError } from '../../model/errors';
import { overlayProblem } from './features';
import type { Isolation } from './isolation';
import type { Layout } from './records';
import { makeLayout, removeTree } from './records';

interface PlaceOptions {
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
}

/**
 * Where sandboxes and what they are made of lie: the cache, unless its disk cannot hold what is written over a root that
 * many share (a network's file system, the root of a container), which folders for temporary files mostly can.
 *
 * @throws `no-sandbox` when neither can, or the kernel has no overlays for this user
 */
export async function findPlace(host: Host, { isolation, signal }: PlaceOptions): Promise<Layout> {
  const inCache = await makeLayout(host.cacheDir, isolation);
  const problem = await problemOf(inCache, { isolation, signal });
  if (problem === null) return inCache;
  const temporary = await ownTempFolder(host);
  const inTemp = temporary === null ? null : await makeLayout(temporary, isolation);
  if (inTemp === null || (await problemOf(inTemp, { isolation, signal })) !== null)
    throw new RunnerError(
      'no-sandbox',
      `bubblewrap sandboxes need overlays, which this kernel does not give this user in ${host.cacheDir} (${problem}), nor in ${host.tempDir}. Linux 5.11 or later is needed, and a cache folder on a local disk (BENCHYARD_CACHE).`,
    );
  host.log(
    'info',
    `Environments for bubblewrap are kept in ${inTemp.base}, since the disk of ${host.cacheDir} cannot hold sandboxes; BENCHYARD_CACHE names a cache on another disk.`,
  );
  return inTemp;
}

async function problemOf(
  { base }: Layout,
  { isolation, signal }: PlaceOptions,
): Promise<string | null> {
  const folder = await mkdtemp(path.join(base, '.probe-'));
  return await overlayProblem(folder, { isolation, signal }).finally(() =>
    removeTree(folder, isolation),
  );
}

/** Found again by this user's other processes, and by nobody else's. null: somebody else has its name. */
async function ownTempFolder({ tempDir, uid }: Host): Promise<string | null> {
  const folder = path.join(tempDir, `.benchyard-cache-${uid ?? 'user'}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  return found.isDirectory() && (uid === null || found.uid === uid) ? folder : null;
}
