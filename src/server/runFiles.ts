import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { RunnerError } from '../runner/model';
import { Forbidden } from './problems';
import type { Artifacts } from './schemas';

/** What a list of artifacts may hold: a longer one is cut, and says so. */
const mostFiles = 10_000;
/** Machinery of the store, which is no result. */
const hidden = new Set(['trees.git', '.lock', '.owner.json']);

/** A file that may be sent, opened. */
export interface ServedFile {
  readonly handle: FileHandle;
  readonly bytes: number;
  readonly type: string;
}

const types: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
  '.csv': 'text/csv; charset=utf-8',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.zip': 'application/zip',
  '.gz': 'application/gzip',
  '.parquet': 'application/vnd.apache.parquet',
};
/** What agents wrote is never sent as something that a browser would run. */
const textTypes = /\.(txt|log|md|py|diff|patch|sh|yaml|yml|toml|ipynb|html|js|ts|svg|xml)$/;

/**
 * Opens a file below a folder by its path as it stands in an address.
 *
 * @throws Forbidden for a path that leads out of the folder, by its words or by a link
 * @throws `not-found` for anything that is no file
 */
export async function openBelow(root: string, encoded: string): Promise<ServedFile> {
  const relative = decoded(encoded);
  const file = await realBelow(root, relative);
  // Without blocking: opening a pipe would wait for its other end. Its last name is no link, since that was resolved.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const handle = await open(file, flags).catch((error: unknown) => {
    throw notThere(relative, error);
  });
  const { size } = await handle.stat().then(async (found) => {
    if (found.isFile()) return found;
    await handle.close();
    throw notThere(relative);
  });
  return { handle, bytes: size, type: typeOf(relative) };
}

/** The files of a run folder in the order of their names, those of links and of the store's machinery left out. */
export async function listArtifacts(runDir: string, runId: string): Promise<Artifacts> {
  const files: Artifacts['files'] = [];
  for await (const relative of filesBelow(runDir, '')) {
    if (files.length === mostFiles) return { run_id: runId, files, truncated: true };
    const found = await stat(path.join(runDir, relative)).catch(() => null);
    if (found === null) continue;
    const url = `/files/${[runId, ...relative.split('/')].map(encodeURIComponent).join('/')}`;
    files.push({ path: relative, url, bytes: found.size, modified_at: found.mtime.toISOString() });
  }
  return { run_id: runId, files, truncated: false };
}

async function* filesBelow(root: string, folder: string): AsyncGenerator<string> {
  const entries: { readonly name: string; readonly isFolder: boolean }[] = [];
  for await (const entry of await opendir(path.join(root, folder))) {
    if (hidden.has(entry.name) || (!entry.isFile() && !entry.isDirectory())) continue;
    entries.push({ name: entry.name, isFolder: entry.isDirectory() });
  }
  for (const { name, isFolder } of entries.sort((a, b) => a.name.localeCompare(b.name, 'en'))) {
    const relative = path.posix.join(folder, name);
    if (isFolder) yield* filesBelow(root, relative);
    else yield relative;
  }
}

function decoded(encoded: string): string {
  let text: string;
  try {
    text = decodeURIComponent(encoded);
  } catch {
    throw new RunnerError('invalid-config', 'The path is not encoded as addresses are.');
  }
  if (text.includes('\0')) throw new RunnerError('invalid-config', 'A path holds no NUL.');
  return text;
}

/** Where a path really leads, which must be below the folder. */
async function realBelow(root: string, relative: string): Promise<string> {
  const segments = relative.split(/[/\\]/);
  const leadsOut = path.isAbsolute(relative) || path.win32.isAbsolute(relative);
  if (leadsOut || segments.includes('..')) throw outside();
  const base = await realpath(root);
  const real = await realpath(path.join(base, relative)).catch((error: unknown) => {
    throw notThere(relative, error);
  });
  if (!real.startsWith(base + path.sep)) throw outside();
  return real;
}

function outside(): Forbidden {
  return new Forbidden('Only files of the runs folder are served.');
}

function notThere(relative: string, cause?: unknown): RunnerError {
  return new RunnerError('not-found', `There is no file "${relative}".`, { cause });
}

function typeOf(file: string): string {
  const known = types[path.extname(file).toLowerCase()];
  if (known !== undefined) return known;
  return textTypes.test(file) ? 'text/plain; charset=utf-8' : 'application/octet-stream';
}
