import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { savedFolder } from './datasets/saved/savedDatasets';
import type { Host } from './host';
import type { CleanedItem, CleanOptions } from './runner';
import type { SandboxProvider } from './sandbox/sandbox';
import { abandonedFolders } from './store/tempFolders';

interface CleanParts {
  readonly host: Host;
  /** Every sandbox provider that answers on this machine. */
  readonly providers: (signal: AbortSignal) => Promise<readonly SandboxProvider[]>;
}

/**
 * Removes (or with `dryRun` only lists) what Benchyard keeps: never anything that does not carry its label or lie in
 * its cache folder, and never what a living process uses.
 */
export async function cleanUp(
  options: CleanOptions,
  { host, providers }: CleanParts,
): Promise<readonly CleanedItem[]> {
  const { signal, dryRun } = options;
  const items: CleanedItem[] = [];
  const everything = !options.images && !options.snapshots && !options.containers && !options.cache;
  for (const provider of await providers(signal)) {
    await using own = provider;
    if (options.snapshots) items.push(...(await cleanSnapshots(own, { signal, dryRun })));
    for (const leftover of await own.leftovers({ signal })) {
      const isImage = leftover.kind === 'image';
      if (leftover.inUse || (isImage ? !options.images : !(options.containers || everything)))
        continue;
      if (!dryRun) await own.remove(leftover, { signal });
      const { kind, id, bytes } = leftover;
      items.push({ kind, id, bytes, removed: !dryRun });
    }
  }
  if (options.containers || everything)
    for (const folder of await abandonedFolders(host))
      items.push(await cleanEntry(folder, dryRun, 'folder'));
  if (options.cache) {
    for (const name of ['mirrors', 'checkouts', 'trees', 'datasets']) {
      items.push(...(await cleanFolder(path.join(host.cacheDir, name), dryRun)));
    }
  }
  return items;
}

async function cleanFolder(folder: string, dryRun: boolean): Promise<readonly CleanedItem[]> {
  const names = await readdir(folder).catch(() => []); // not there: nothing was ever cached
  const items: CleanedItem[] = [];
  // What a user saved under a name can only be made again while its source is there.
  const keepsSaved = path.basename(folder) === 'datasets';
  for (const name of names.filter((one) => !keepsSaved || one !== savedFolder)) {
    items.push(await cleanEntry(path.join(folder, name), dryRun, 'cache'));
  }
  return items;
}

async function cleanEntry(
  entry: string,
  dryRun: boolean,
  kind: 'cache' | 'folder',
): Promise<CleanedItem> {
  const bytes = await sizeOf(entry);
  if (!dryRun) await rm(entry, { recursive: true, force: true });
  return { kind, id: entry, bytes, removed: !dryRun };
}

/** One that others stand on goes when these are gone; one that a living process uses stays, and is told as kept. */
async function cleanSnapshots(
  { name, snapshots }: SandboxProvider,
  { signal, dryRun }: Pick<CleanOptions, 'signal' | 'dryRun'>,
): Promise<readonly CleanedItem[]> {
  const found = await snapshots.list({ signal });
  const removed = new Set<string>();
  for (let before = -1; !dryRun && removed.size > before;) {
    before = removed.size;
    for (const { key } of found)
      if (!removed.has(key) && (await snapshots.remove(key, { signal }))) removed.add(key);
  }
  return found.map(({ key, bytes, title }) => ({
    kind: 'snapshot',
    id: `${name}:${title} ${key.slice(0, 12)}`,
    bytes,
    removed: removed.has(key),
  }));
}

async function sizeOf(entry: string): Promise<number> {
  const found = await stat(entry).catch(() => null); // removed by somebody else meanwhile
  if (found === null) return 0;
  if (!found.isDirectory()) return found.size;
  const sizes = await Promise.all(
    (await readdir(entry)).map((name) => sizeOf(path.join(entry, name))),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
