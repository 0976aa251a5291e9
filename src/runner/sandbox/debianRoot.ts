import path from 'node:path';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import recipe from '../../../docker/python/offline.sh';
import type { Host } from '../host';
import { buildOnce } from './buildOnce';
import { assertCanBuildRoots, mmdebstrap } from './offlineRoot';
import type { ProgressOptions } from './sandbox';

/** Debian's releases and the one Python that each has. */
export const debianPythons: Readonly<Record<string, string>> = {
  '3.9': 'bullseye',
  '3.11': 'bookworm',
  '3.13': 'trixie',
};

/** The release that the offline environment is made of; interpreters of the host are added to it. */
export const offlineSuite = 'bookworm';

/** Name of the engine's image of a Debian root. */
export function debianRootTag(host: Host, suite: string): string {
  return `benchyard-debian:${suite}-${recipeOf(host, suite)}`;
}

function recipeOf(host: Host, suite: string): string {
  return createHash('sha256')
    .update(`${host.arch}\n${suite}\n${recipe}`)
    .digest('hex')
    .slice(0, 12);
}

/** The tarball of a Debian root in this machine's cache, built first when it is not there. */
export async function ensureDebianRoot(
  host: Host,
  suite: string,
  options: ProgressOptions,
): Promise<string> {
  const folder = path.join(host.cacheDir, 'roots', `${suite}-${recipeOf(host, suite)}`);
  const build = async (temporary: string): Promise<void> => {
    assertCanBuildRoots(host);
    options.onProgress(`Building a Debian root (${suite}) from Debian packages.`);
    const script = path.join(temporary, 'offline.sh');
    await writeFile(script, recipe);
    const tarball = path.join(temporary, 'root.tar');
    await mmdebstrap([script, suite, tarball], { host, env: {}, ...options });
  };
  const waiting = `Another process builds the Debian root (${suite}); waiting for it.`;
  await buildOnce(folder, build, { ...options, waiting });
  return path.join(folder, 'root.tar');
}
