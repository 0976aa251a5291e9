import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../host';
import { isNotFound } from './files';

/**
 * `benchyard-<what>-<machine>.<pid>.<started>-<random>`: the name says whose it is, so that what a process that was killed
 * leaves can be told from what a living one uses, also in a temporary folder that machines or containers share.
 */
const pattern = /^benchyard-[a-z]+-([0-9a-f]{8})\.(\d{1,10})\.(\d*)-/;

/** Makes a temporary folder. Whoever asked removes it; after a kill, `removeAbandonedFolders` does. */
export async function makeTempFolder(host: Host, what: string): Promise<string> {
  await mkdir(host.tempDir, { recursive: true });
  const owner = `${machineOf(host)}.${host.pid}.${startOf(host, host.pid) ?? ''}`;
  return await mkdtemp(path.join(host.tempDir, `benchyard-${what}-${owner}-`));
}

/** Temporary folders whose processes have ended. */
export async function abandonedFolders(host: Host): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(host.tempDir);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
  return names
    .filter((name) => isAbandoned(name, host))
    .map((name) => path.join(host.tempDir, name));
}

export async function removeAbandonedFolders(host: Host): Promise<number> {
  const folders = await abandonedFolders(host);
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  return folders.length;
}

function isAbandoned(name: string, host: Host): boolean {
  const [, machine, pid, started = ''] = pattern.exec(name) ?? [];
  if (pid === undefined || machine !== machineOf(host)) return false;
  const now = startOf(host, Number(pid));
  if (now === null) return true;
  // Where the platform does not tell when a process started, one of that id is taken for the owner.
  return started !== '' && now !== '' && now !== started;
}

function machineOf({ hostname }: Host): string {
  return createHash('sha256').update(hostname).digest('hex').slice(0, 8);
}

/** Empty: it lives, and since when is not known. */
function startOf(host: Host, pid: number): string | null {
  const started = host.startTimeOf(pid);
  return started === null || /^\d+$/.test(started) ? started : '';
}
