import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { kill } from 'node:process';
import { execa } from 'execa';
import * as z from 'zod';
import type { Host } from '../../host';
import { isDead, parseOwner } from '../labels';
import { isOwnCgroup, removeCgroup } from './cgroup';
import type { Isolation } from './isolation';

const recordSchema = z.object({
  /** Of labels.ts. */
  owner: z.string(),
  /** The sandbox's first process as the host numbers it; null before it started. */
  process: z.object({ pid: z.int().positive(), started: z.string() }).nullable(),
  kept: z.boolean(),
  /** Keys of the snapshots that its root is made of. */
  snapshots: z.array(z.string()),
  cgroups: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
});
/** What is known of a sandbox to whoever comes after a process that died: the file `sandbox.json` of its folder. */
export type SandboxRecord = z.infer<typeof recordSchema>;

const recordName = 'sandbox.json';
/** A record that cannot be read may just be being written. */
const tornMs = 60_000;

/** Folders of a provider below the cache. Users of different kinds do not share: their files have different owners. */
export interface Layout {
  readonly base: string;
  readonly roots: string;
  readonly snapshots: string;
  readonly sandboxes: string;
}

export async function makeLayout(host: Host, { mode }: Isolation): Promise<Layout> {
  const base = path.join(host.cacheDir, 'bubblewrap', mode);
  const layout = {
    base,
    roots: path.join(base, 'roots'),
    snapshots: path.join(base, 'snapshots'),
    sandboxes: path.join(base, 'sandboxes'),
  };
  for (const folder of Object.values(layout)) await mkdir(folder, { recursive: true });
  return layout;
}

/** Removes a folder whose files may belong to users of sandboxes. */
export async function removeTree(folder: string, isolation: Isolation): Promise<void> {
  if (isolation.mode === 'root') {
    await rm(folder, { recursive: true, force: true });
    return;
  }
  await run([...isolation.ownerPrefix, 'rm', '-rf', '--', folder]);
}

/** Bytes on the disk below a folder whose files may belong to users of sandboxes. */
export async function sizeOf(folder: string, isolation: Isolation): Promise<number> {
  const prefix = isolation.mode === 'root' ? [] : isolation.ownerPrefix;
  const stdout = await run([...prefix, 'du', '-s', '--block-size=1', '--', folder]);
  return Number.parseInt(stdout, 10);
}

async function run(argv: readonly string[]): Promise<string> {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error('no program to run');
  return (await execa(program, args)).stdout;
}

export async function writeRecord(folder: string, record: SandboxRecord): Promise<void> {
  await writeFile(path.join(folder, recordName), JSON.stringify(record));
}

export async function readRecord(folder: string): Promise<SandboxRecord | null> {
  try {
    const text = await readFile(path.join(folder, recordName), 'utf8');
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return null; // It is being written, or its writer died.
  }
}

/** Every sandbox's folder with its record. */
export async function allRecords({
  sandboxes,
}: Layout): Promise<readonly { readonly folder: string; readonly record: SandboxRecord | null }[]> {
  const names = await readdir(sandboxes);
  return Promise.all(
    names.map(async (name) => {
      const folder = path.join(sandboxes, name);
      return { folder, record: await readRecord(folder) };
    }),
  );
}

export function isRunning({ process }: SandboxRecord, host: Host): boolean {
  return process !== null && host.startTimeOf(process.pid) === process.started;
}

/** Whether a sandbox is nobody's any more. */
export async function isAbandoned(
  folder: string,
  record: SandboxRecord | null,
  host: Host,
): Promise<boolean> {
  if (record === null) {
    const made = await stat(folder).catch(() => null);
    return made !== null && Date.now() - made.mtimeMs > tornMs;
  }
  if (record.kept) return !isRunning(record, host);
  const owner = parseOwner(record.owner);
  return owner !== null && isDead(owner, host);
}

/** Ends a sandbox and removes all that is left of it. */
export async function removeRemains(
  folder: string,
  record: SandboxRecord | null,
  { host, isolation }: { readonly host: Host; readonly isolation: Isolation },
): Promise<void> {
  const pid = record?.process?.pid;
  if (record !== null && pid !== undefined && isRunning(record, host)) {
    try {
      kill(pid, 'SIGKILL');
    } catch (error) {
      host.log('debug', `sandbox ${path.basename(folder)}: ${String(error)}`);
    }
  }
  await removeCgroup((record?.cgroups ?? []).filter(isOwnCgroup));
  await removeTree(folder, isolation);
}
