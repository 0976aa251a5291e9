import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { nodeHost } from '../../src/nodeHost';
import { defaultImage } from '../../src/runner/sandbox/builtInImages';
import { ensureOfflineRoot } from '../../src/runner/sandbox/offlineRoot';

/**
 * Gives a cache folder what sandboxes consist of, which takes minutes to build, from this machine's own cache.
 *
 * @returns where that is
 */
export async function shareRoots(cacheDir: string): Promise<string> {
  const host = nodeHost();
  const signal = AbortSignal.timeout(800_000);
  await ensureOfflineRoot(host, defaultImage, { signal, onProgress: () => undefined });
  await mkdir(cacheDir, { recursive: true });
  const roots = path.join(host.cacheDir, 'roots');
  await symlink(roots, path.join(cacheDir, 'roots'));
  return roots;
}
