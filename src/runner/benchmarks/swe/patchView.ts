import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../host';
import { normalizePatch, parsePatch } from '../../model';
import type { PatchedFile, RepositoryFileQuery } from '../../runner';
import { git, GitFailure, gitText } from '../../git';
import type { RepositoryCache } from './repositoryCache';
import { makeTempFolder } from '../../store/tempFolders';

interface View {
  readonly host: Host;
  readonly repositories: RepositoryCache;
  readonly signal: AbortSignal;
}

/**
 * Both sides of every file that the patches change, for display. Works in git's object store only: nothing is checked
 * out or run on the host. A patch that does not apply leaves its files as they were.
 */
export async function patchedFiles(
  query: { readonly repo: string; readonly ref: string; readonly patches: readonly string[] },
  view: View,
): Promise<readonly PatchedFile[]> {
  const paths = new Set(
    query.patches
      .flatMap((patch) => parsePatch(normalizePatch(patch)))
      .flatMap((file) => [file.oldPath, file.newPath])
      .filter((name) => name !== null),
  );
  return await withPatchedIndex(query, view, async (read) => {
    const files: PatchedFile[] = [];
    for (const name of [...paths].sort()) {
      const file = {
        path: name,
        base: await read('base', name),
        patched: await read('patched', name),
      };
      if (file.base !== file.patched) files.push(file);
    }
    return files;
  });
}

/** One file as it is after the patches; null when it does not exist then. */
export async function repositoryFile(
  query: RepositoryFileQuery,
  view: View,
): Promise<string | null> {
  return await withPatchedIndex(query, view, (read) => read('patched', query.path));
}

type ReadSide = (side: 'base' | 'patched', name: string) => Promise<string | null>;

async function withPatchedIndex<T>(
  query: { readonly repo: string; readonly ref: string; readonly patches: readonly string[] },
  { host, repositories, signal }: View,
  use: (read: ReadSide) => Promise<T>,
): Promise<T> {
  const commit = await repositories.resolve(query.repo, query.ref, { signal });
  const mirror = await repositories.mirrorWith(query.repo, commit, { signal });
  const work = await makeTempFolder(host, 'view');
  try {
    await mkdir(path.join(work, 'objects'));
    const env = {
      GIT_DIR: mirror,
      GIT_INDEX_FILE: path.join(work, 'index'),
      GIT_OBJECT_DIRECTORY: path.join(work, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: path.join(mirror, 'objects'),
    };
    await git(host, ['read-tree', commit], { signal, env });
    for (const patch of query.patches) {
      if (patch.trim() === '') continue;
      await orNull(
        git(host, ['apply', '--cached', '--whitespace=nowarn', '-'], {
          signal,
          env,
          input: normalizePatch(patch),
        }),
      );
    }
    return await use((side, name) =>
      orNull(
        gitText(host, ['cat-file', 'blob', `${side === 'base' ? commit : ''}:${name}`], {
          signal,
          env,
          keepSpace: true,
        }),
      ),
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof GitFailure) return null;
    throw error;
  }
}
