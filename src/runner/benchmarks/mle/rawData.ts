import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { withFileLock } from '../../download/fileLock';
import { requireRoom } from '../../download/room';
import { RunnerError } from '../../model';
import { diskError, isNotFound } from '../../store/files';
import type { RawFile } from './rawRecord';
import { writeRawRecord } from './rawRecord';

export interface TakeOptions {
  /** Absolute; is replaced by the data when all of it is there, and is left as it was otherwise. */
  readonly folder: string;
  /** Only this competition was asked for: then `from` may be its data. */
  readonly isOnly: boolean;
  readonly signal: AbortSignal;
  /** Called with lines for people. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

type Kind = 'file' | 'folder' | 'other';

/** A file to take: where it is, and its name in the folder. */
interface Found extends RawFile {
  readonly place: string;
}

/**
 * Takes a competition's raw data from a folder, which keeps it: `from/ID`, `from/ID/raw` (MLE-bench's own layout),
 * `from/ID.zip` (as Kaggle's program saves it), or, for one competition alone, `from` itself. Files are hard links where
 * the disk has them, else copies. Links to files and folders are followed.
 *
 * @param from absolute
 * @throws `not-found` where there is no such data, `invalid-config` where the folders lie in each other
 */
export async function takeRawData(
  from: string,
  id: string,
  options: TakeOptions,
): Promise<readonly RawFile[]> {
  const { folder, signal, onProgress } = options;
  const source = await findSource(from, id, options);
  const waiting = `waiting for another process that brings the data of ${id}`;
  return await withFileLock(folder, { waiting, signal, onProgress }, async () => {
    const isThere = await compare(source, folder);
    const files = await list(source, options);
    if (files.length === 0) throw new RunnerError('not-found', `${source} holds no files.`);
    if (!isThere) await replace(folder, files, { source, ...options });
    return await writeRawRecord(folder, { from: source, names: files.map(({ name }) => name) });
  });
}

async function findSource(from: string, id: string, { isOnly }: TakeOptions): Promise<string> {
  const places: readonly (readonly [place: string, kind: Kind])[] = [
    [path.join(from, id, 'raw'), 'folder'],
    [path.join(from, id), 'folder'],
    [path.join(from, `${id}.zip`), 'file'],
    ...(isOnly ? ([[from, 'folder']] as const) : []),
  ];
  for (const [place, kind] of places) if ((await inspect(place))?.kind === kind) return place;
  const wanted = isOnly ? `, ${id}.zip, or the data itself` : ` or ${id}.zip`;
  throw new RunnerError(
    'not-found',
    (await inspect(from))?.kind === 'folder'
      ? `${from} has no data of ${id}: put it there as ${id}/${wanted}, as Kaggle has it.`
      : `There is no folder ${from}: name one with ${id}/${wanted}, as Kaggle has it.`,
  );
}

/** Whether the data is where it is to be. Of folders that lie in each other, one would be removed with the other. */
async function compare(source: string, folder: string): Promise<boolean> {
  const here = await realpath(source);
  const there = await realpath(folder).catch(async () =>
    path.join(await realpath(path.dirname(folder)), path.basename(folder)),
  );
  if (here === there) return true;
  if (isInside(here, there) || isInside(there, here))
    throw new RunnerError(
      'invalid-config',
      `${source} and ${folder}, where its data is to be kept, lie in each other: name the folder with the raw data alone, or move it.`,
    );
  return false;
}

function isInside(inner: string, outer: string): boolean {
  const way = path.relative(outer, inner);
  return way !== '' && way.split(path.sep)[0] !== '..' && !path.isAbsolute(way);
}

/** All files below a folder, or the one file; by name, so that every machine takes them in the same order. */
async function list(source: string, options: TakeOptions): Promise<readonly Found[]> {
  const found = await inspect(source);
  if (found?.kind === 'file')
    return [{ place: await realpath(source), name: path.basename(source), size: found.size }];
  const files: Found[] = [];
  await walk({ place: source, name: '', above: [] }, files, options);
  return files;
}

interface Folder {
  readonly place: string;
  readonly name: string;
  /** Real paths of the folders that it is in: a link back to one of them has no end. */
  readonly above: readonly string[];
}

async function walk(at: Folder, files: Found[], options: TakeOptions): Promise<void> {
  options.signal.throwIfAborted();
  const real = await realpath(at.place);
  if (at.above.includes(real))
    throw new RunnerError('invalid-config', `${at.place} is a link to a folder that it is in.`);
  for (const entry of (await readdir(real)).sort()) {
    const name = path.posix.join(at.name, entry);
    const place = path.join(real, entry);
    const found = await inspect(place);
    if (found === null) throw new RunnerError('not-found', `${place} is a link to nothing.`);
    const { kind, size } = found;
    if (kind === 'folder') await walk({ place, name, above: [...at.above, real] }, files, options);
    else if (kind === 'file') files.push({ place: await realpath(place), name, size });
    else options.onProgress?.(`${place} is neither a file nor a folder, and is left out`);
  }
}

/** Makes the folder anew under another name, then swaps it in. */
async function replace(
  folder: string,
  files: readonly Found[],
  { source, signal, onProgress }: TakeOptions & { readonly source: string },
): Promise<void> {
  const fresh = `${folder}.new`;
  const old = `${folder}.old`;
  // Left by a process that was killed.
  await rm(fresh, { recursive: true, force: true });
  onProgress?.(`taking ${String(files.length)} files from ${source}`);
  try {
    await fill(fresh, files, { signal });
    await rm(old, { recursive: true, force: true });
    if ((await inspect(folder)) !== null) await rename(folder, old);
    await rename(fresh, folder);
    await rm(old, { recursive: true, force: true });
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
}

async function fill(
  folder: string,
  files: readonly Found[],
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  let missing = files.reduce((sum, { size }) => sum + size, 0);
  let canLink = true;
  for (const { place, name, size } of files) {
    signal.throwIfAborted();
    const target = path.join(folder, name);
    await mkdir(path.dirname(target), { recursive: true });
    if (canLink) {
      // Another disk, a file system without links, or a file of somebody else.
      canLink = await link(place, target).then(
        () => true,
        () => false,
      );
      if (!canLink) await requireRoom(folder, { bytes: missing, what: 'A copy of the data' });
    }
    if (!canLink) await copy(place, target, { signal });
    missing -= size;
  }
}

/** Not `copyFile`, which cannot be cancelled. */
async function copy(
  from: string,
  to: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  try {
    await pipeline(createReadStream(from), createWriteStream(to), { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw diskError(error, to);
  }
}

/** What a path leads to; null: nothing. */
async function inspect(
  place: string,
): Promise<{ readonly kind: Kind; readonly size: number } | null> {
  try {
    const found = await stat(place);
    return {
      kind: found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other',
      size: found.size,
    };
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
