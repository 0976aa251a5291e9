import { rename, stat } from 'node:fs/promises';
import { fetchWhole } from '../../download/fetchWhole';
import { withFileLock } from '../../download/fileLock';
import type { HubApi, HubFile, HubOptions } from './hubApi';
import { hubName } from './hubApi';

/** What is downloaded, from where. */
export interface DownloadSource {
  readonly api: HubApi;
  readonly repository: string;
  readonly commit: string;
  readonly file: HubFile;
}

/**
 * Downloads a file of the hub to `target`, which is there whole or not at all. A download that broke, in this process or
 * in an earlier one, goes on where it ended; size and hash are checked before the file gets its name. Processes that
 * want the same file wait for the one that has it.
 */
export async function download(
  { api, repository, commit, file }: DownloadSource,
  target: string,
  options: HubOptions,
): Promise<void> {
  if (await isThere(target)) return;
  const { signal, onProgress } = options;
  const waiting = `waiting for another process that downloads ${file.path}`;
  await withFileLock(target, { waiting, signal, onProgress }, async () => {
    if (await isThere(target)) return;
    const known = { size: file.size, digest: file.digest };
    const source = {
      name: `${repository}/${file.path}`,
      server: hubName,
      firstPauseMs: api.firstPauseMs,
      known,
      open: async (at: { readonly from: number; readonly signal: AbortSignal }) => ({
        ...known,
        response: await api.open({ repository, commit }, file.path, at),
      }),
    };
    await fetchWhole(source, `${target}.part`, options);
    await rename(`${target}.part`, target);
  });
}

async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
