import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

/** What the commits of a repository need and it does not hold: ids of blobs, and a path of each. */
type Missing = ReadonlyMap<string, string>;

export interface CompleteOptions {
  /** The commits whose files are needed. */
  readonly commits: readonly string[];
  /** Folder whose files may fill in what is missing, by their content: releases of the project, unpacked. */
  readonly fill: string | null;
  /** Where a completed copy is made. */
  readonly copy: string;
}

/**
 * A repository with all files of some commits. Copies of public repositories often lack their largest files, or those of
 * old commits. Then a copy is made that borrows what is there, takes the files of the commits from `fill` and has no
 * history, so that nothing of it can be missed.
 *
 * @returns the repository, or the paths that nobody has
 */
export async function completeRepository(
  repository: string,
  { commits, fill, copy }: CompleteOptions,
): Promise<{ readonly place: string } | { readonly lacks: readonly string[] }> {
  if (await isWhole(repository, commits)) return { place: repository };
  const missing = await missingFiles(repository, commits);
  await rm(copy, { recursive: true, force: true });
  await mkdir(path.dirname(copy), { recursive: true });
  await execa('git', ['init', '--quiet', '--bare', copy]);
  const own = (await git(repository, ['rev-parse', '--absolute-git-dir'])).trim();
  await writeFile(path.join(copy, 'objects/info/alternates'), `${own}/objects\n`);
  await writeFile(path.join(copy, 'shallow'), commits.map((commit) => `${commit}\n`).join(''));
  const found = fill === null ? new Set<string>() : await fillIn(copy, missing, fill);
  const lacks = [...missing].flatMap(([blob, file]) => (found.has(blob) ? [] : [file]));
  if (lacks.length > 0) return { lacks };
  for (const commit of commits) await git(copy, ['update-ref', `refs/heads/${commit}`, commit]);
  return { place: copy };
}

async function git(repository: string, args: readonly string[], input = ''): Promise<string> {
  const settings = ['-c', 'safe.directory=*', '-C', repository];
  return (await execa('git', [...settings, ...args], { input, maxBuffer: 2 ** 30 })).stdout;
}

async function isWhole(repository: string, commits: readonly string[]): Promise<boolean> {
  const listed = await git(repository, ['rev-list', '--objects', '--missing=print', ...commits]);
  return !/^\?/m.test(listed);
}

async function missingFiles(repository: string, commits: readonly string[]): Promise<Missing> {
  const paths = new Map<string, string>();
  for (const commit of commits) {
    for (const line of (await git(repository, ['ls-tree', '-r', commit])).split('\n')) {
      const [, blob, file] = /^\d+ blob (\w+)\t(.*)$/.exec(line) ?? [];
      if (blob !== undefined && file !== undefined) paths.set(blob, file);
    }
  }
  const blobs = [...paths.keys()].join('\n');
  const checked = await git(repository, ['cat-file', '--batch-check=%(objectname)'], blobs);
  const gone = [...checked.matchAll(/^(\w+) missing$/gm)].map(([, blob = '']) => blob);
  return new Map(gone.map((blob) => [blob, paths.get(blob) ?? '']));
}

/** Adds the files of a folder that have the wanted content, and says which. */
async function fillIn(
  copy: string,
  missing: Missing,
  folder: string,
): Promise<ReadonlySet<string>> {
  const names = new Set([...missing.values()].map((file) => path.basename(file)));
  const found = new Set<string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile() && names.has(each.name))) {
    const file = path.resolve(entry.parentPath, entry.name);
    const blob = (await git(copy, ['hash-object', '--no-filters', file])).trim();
    if (!missing.has(blob)) continue;
    await git(copy, ['hash-object', '-w', '--no-filters', file]);
    found.add(blob);
  }
  return found;
}
