import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import dockerignore from '@balena/dockerignore';
import type { Pack } from 'tar-stream';
import { pack } from 'tar-stream';
import { RunnerError } from '../model';
import { readIfThere } from '../store/files';

/** What an engine needs to build an image. */
export interface BuildContext {
  /** Of every name, mode and byte: equal digests build equal images, as far as their base is equal. */
  readonly digest: string;
  /** The Dockerfile's name in the archive. */
  readonly dockerfile: string;
  /** A new archive at each call. */
  readonly open: () => Readable;
}

interface Entry {
  readonly name: string;
  readonly source: string;
  readonly mode: number;
  readonly size: number;
  readonly link: string | null;
}

/** The name of a Dockerfile that lies outside its context. */
const carriedDockerfile = '.benchyard.Dockerfile';

/** Larger ones are a mistake (data that belongs into a `.dockerignore`), and would not fit into memory. */
const maxContextBytes = 1024 ** 3;

/** A context that is a single Dockerfile's text. */
export function textContext(text: string): BuildContext {
  return {
    digest: createHash('sha256').update(text).digest('hex'),
    dockerfile: 'Dockerfile',
    open: () => {
      const archive = pack();
      archive.entry({ name: 'Dockerfile', mtime: new Date(0) }, text);
      archive.finalize();
      return Readable.from(archive);
    },
  };
}

/** Reads a context folder, leaving out what its `.dockerignore` names (or `ignore`, which then counts instead). */
export async function folderContext(
  folder: string,
  dockerfile: string,
  { signal, ignore }: { readonly signal: AbortSignal; readonly ignore?: string },
): Promise<BuildContext> {
  const entries = await entriesBelow(
    folder,
    ignore ?? (await readIfThere(path.join(folder, '.dockerignore'))) ?? '',
    signal,
  );
  const relative = path.relative(folder, dockerfile).split(path.sep).join('/');
  const name = relative.startsWith('..') ? carriedDockerfile : relative;
  if (!entries.some((entry) => entry.name === name)) {
    entries.push(
      await entryOf(dockerfile, name).catch((error: unknown) => {
        throw new RunnerError('not-found', `There is no ${dockerfile}.`, { cause: error });
      }),
    );
  }
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (bytes > maxContextBytes) {
    throw new RunnerError(
      'invalid-config',
      `The build context ${folder} has ${Math.round(bytes / 1e6)} MB. Leave out what the image does not need with a .dockerignore file.`,
    );
  }
  const hash = createHash('sha256').update(name);
  for (const entry of entries) {
    signal.throwIfAborted();
    hash.update(`\0${entry.name}\0${entry.mode}\0${entry.link ?? ''}\0${entry.size}\0`);
    // Not pipeline(), which leaves its listeners on the hash.
    if (entry.link === null)
      for await (const chunk of createReadStream(entry.source))
        if (chunk instanceof Uint8Array) hash.update(chunk);
  }
  return {
    digest: hash.digest('hex'),
    dockerfile: name,
    open: () => {
      const archive = pack();
      fill(archive, entries).catch((error: unknown) => {
        archive.destroy(error instanceof Error ? error : new Error(String(error)));
      });
      return Readable.from(archive);
    },
  };
}

async function entriesBelow(
  folder: string,
  ignored: string,
  signal: AbortSignal,
): Promise<Entry[]> {
  const ignore = dockerignore({ ignorecase: false });
  ignore.add(ignored);
  const names = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new RunnerError('not-found', `The build context ${folder} cannot be read.`, {
      cause: error,
    });
  });
  const entries: Entry[] = [];
  for (const name of names.map((each) => each.split(path.sep).join('/')).sort()) {
    signal.throwIfAborted();
    if (ignore.ignores(name)) continue;
    const status = await lstat(path.join(folder, name));
    if (status.isFile() || status.isSymbolicLink()) {
      entries.push(await entryOf(path.join(folder, name), name));
    }
  }
  return entries;
}

async function entryOf(source: string, name: string): Promise<Entry> {
  const status = await lstat(source);
  const link = status.isSymbolicLink() ? await readlink(source) : null;
  // Which of the owner's bits are set is content; umask and group are the machine's.
  const mode = (status.mode & 0o100) === 0 ? 0o644 : 0o755;
  return { name, source, mode, size: link === null ? status.size : 0, link };
}

async function fill(archive: Pack, entries: readonly Entry[]): Promise<void> {
  for (const { name, source, mode, link } of entries) {
    const mtime = new Date(0);
    if (link !== null) {
      archive.entry({ name, mode, mtime, type: 'symlink', linkname: link });
    } else {
      // Read whole: a file that grows between two looks would break the archive.
      archive.entry({ name, mode, mtime }, await readFile(source));
    }
  }
  archive.finalize();
}
