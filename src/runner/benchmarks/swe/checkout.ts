import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
} from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import type { Host } from '../../host';
import { gitText } from '../../git';
import { diskError, openToRead, withFileHandle } from '../../store/files';
import type { RepositoryCache, RepositoryOptions } from './repositoryCache';

/** Archives of `.git` folders that are kept for the next task at the same commit. The least recently used go first. */
const archiveBudgetBytes = 2 * 1024 ** 3;

/**
 * A tar archive of a `.git` folder that holds one commit and its ancestors and nothing else: no later commit, remote,
 * tag, reflog, alternate or unreachable object, so nobody can read the fix from history. Its one branch is `main`; the
 * worktree is empty (`git checkout -f main` fills it).
 *
 * @returns the archive's path in the cache
 * @throws GitFailure when the commit cannot be had
 */
export async function gitFolderArchive(
  host: Host,
  repositories: RepositoryCache,
  { repo, commit }: { readonly repo: string; readonly commit: string },
  options: RepositoryOptions,
): Promise<string> {
  const folder = path.join(host.cacheDir, 'checkouts');
  const archive = path.join(
    folder,
    `${path.basename(repositories.mirrorPath(repo), '.git')}-${commit}.tar`,
  );
  const now = new Date();
  const kept = await utimes(archive, now, now).then(
    () => true,
    () => false,
  );
  if (kept) return archive;
  const mirror = await repositories.mirrorWith(repo, commit, options);
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(path.join(folder, 'making-'));
  try {
    await gitText(
      host,
      [
        '--git-dir',
        mirror,
        'pack-objects',
        '--revs',
        '--quiet',
        '--delta-base-offset',
        path.join(work, 'pack'),
      ],
      { signal: options.signal, input: `${commit}\n` },
    );
    await writeArchive(work, { commit, shallow: await readShallow(mirror) }, options.signal);
    await rename(path.join(work, 'git.tar'), archive);
  } catch (error) {
    throw diskError(error, archive);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await evict(folder, archive);
  return archive;
}

/** A mirror of a shallow clone says where its history ends; without that git would miss the parents. */
async function readShallow(mirror: string): Promise<string | null> {
  return await readFile(path.join(mirror, 'shallow'), 'utf8').catch(() => null);
}

async function writeArchive(
  work: string,
  { commit, shallow }: { readonly commit: string; readonly shallow: string | null },
  signal: AbortSignal,
): Promise<void> {
  const pack = tar.pack();
  const file = await withFileHandle(() => open(path.join(work, 'git.tar'), 'w'));
  await Promise.all([
    pipeline(pack, file.createWriteStream(), { signal }),
    fillArchive(pack, { work, commit, shallow }, signal).catch((error: unknown) => {
      // Nobody else would tell the file that no more comes.
      pack.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }),
  ]);
}

async function fillArchive(
  pack: tar.Pack,
  {
    work,
    commit,
    shallow,
  }: { readonly work: string; readonly commit: string; readonly shallow: string | null },
  signal: AbortSignal,
): Promise<void> {
  const mtime = new Date(0);
  const text: readonly (readonly [string, string])[] = [
    ['HEAD', 'ref: refs/heads/main\n'],
    ['config', '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n'],
    ['refs/heads/main', `${commit}\n`],
    ['info/exclude', ''],
    ...(shallow === null ? [] : [['shallow', shallow] as const]),
  ];
  for (const folder of [
    '',
    'info',
    'objects',
    'objects/info',
    'objects/pack',
    'refs',
    'refs/heads',
    'refs/tags',
  ]) {
    pack.entry({ name: path.posix.join('.git', folder), type: 'directory', mode: 0o755, mtime });
  }
  for (const [name, content] of text)
    pack.entry({ name: `.git/${name}`, mode: 0o644, mtime }, content);
  for (const name of (await readdir(work)).filter((entry) => /^pack-.*\.(pack|idx)$/.test(entry))) {
    const file = path.join(work, name);
    const { size } = await stat(file);
    const entry = pack.entry({ name: `.git/objects/pack/${name}`, size, mode: 0o444, mtime });
    await pipeline(await openToRead(file), entry, { signal });
  }
  pack.finalize();
}

async function evict(folder: string, keep: string): Promise<void> {
  const archives = await Promise.all(
    (await readdir(folder))
      .filter((name) => name.endsWith('.tar'))
      .map(async (name) => {
        const file = path.join(folder, name);
        const found = await stat(file).catch(() => null); // another process may have removed it
        return { file, bytes: found?.size ?? 0, used: found?.mtimeMs ?? 0 };
      }),
  );
  let bytes = archives.reduce((sum, archive) => sum + archive.bytes, 0);
  for (const archive of archives.sort((a, b) => a.used - b.used)) {
    if (bytes <= archiveBudgetBytes) return;
    if (archive.file === keep) continue;
    await rm(archive.file, { force: true });
    bytes -= archive.bytes;
  }
}
