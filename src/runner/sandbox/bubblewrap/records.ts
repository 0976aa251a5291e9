import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { kill } from 'node:process';
import * as z from 'zod';
import type { Host } from '../../host';
import { runProgram } from '../../program';
import { diskError, withFileHandle } from '../../store/files';
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
const draftPrefix = '.making ';
/** A folder without a record that can be read is of an earlier version, which may just be writing it. */
const tornMs = 60_000;

/** Folders of a provider. Users of different kinds do not share: their files have different owners. */
export interface Layout {
  readonly base: string;
  readonly roots: string;
  readonly snapshots: string;
  readonly sandboxes: string;
}

/** Makes these folders below a folder. */
export async function makeLayout(place: string, { mode }: Isolation): Promise<Layout> {
  const base = path.join(place, 'bubblewrap', mode);
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
  return (await runProgram(program, args, {})).stdout;
}

/** Whole or not at all: whoever reads it meanwhile, or after a kill, sees this record or the one before. */
export async function writeRecord(folder: string, record: SandboxRecord): Promise<void> {
  const draft = path.join(folder, `.${recordName}`);
  await withFileHandle(() => writeFile(draft, JSON.stringify(record)));
  await rename(draft, path.join(folder, recordName));
}

/** Makes the folder of a sandbox. It has its record from the first moment, so that a kill leaves none without. */
export async function makeRecorded(
  { sandboxes }: Layout,
  id: string,
  record: SandboxRecord,
): Promise<string> {
  const draft = path.join(sandboxes, `${draftPrefix}${id} ${encodeURIComponent(record.owner)}`);
  const folder = path.join(sandboxes, id);
  await mkdir(draft);
  try {
    await writeRecord(draft, record);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined); // the reaper tries again
    throw diskError(error, folder);
  }
  return folder;
}

/** Removes folders whose process died while it made them. */
export async function removeDrafts({ sandboxes }: Layout, host: Host): Promise<void> {
  for (const name of await readdir(sandboxes)) {
    if (!name.startsWith(draftPrefix)) continue;
    const owner = parseOwner(decodeURIComponent(name.slice(name.lastIndexOf(' ') + 1)));
    if (owner === null || isDead(owner, host))
      await rm(path.join(sandboxes, name), { recursive: true, force: true });
  }
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
  const names = (await readdir(sandboxes)).filter((name) => !name.startsWith(draftPrefix));
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
