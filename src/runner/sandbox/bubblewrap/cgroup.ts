import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kill } from 'node:process';
import type { Host } from '../../host';
import { runProgram } from '../../program';
import type { SandboxLimits } from '../sandbox';

const root = '/sys/fs/cgroup';
const prefix = 'benchyard.';
/** Processes of our own (bwrap, the helper, a file operation) on top of the limit. */
const ownPids = 8;
const periodUs = 100_000;
const emptyMs = 5000;

/** Limits of one sandbox's processes together. */
export interface Cgroup {
  /** A process that writes its id to each of these belongs to it. */
  readonly procsFiles: readonly string[];
  readonly folders: readonly string[];
  /** Where the kernel counts kills for memory, outside and where the helper looks for it inside. */
  readonly oomCounter: { readonly outside: string; readonly inside: string } | null;
}

/** Where cgroups can be made. */
export interface CgroupRoot {
  readonly version: 1 | 2;
  /** Folder by controller. In version 2 all are the same. */
  readonly folders: Readonly<Record<'memory' | 'pids' | 'cpu', string>>;
}

/** A place where this process may make cgroups with limits and move processes to, or null. */
export async function findCgroupRoot(host: Host): Promise<CgroupRoot | null> {
  for (const candidate of await candidates()) {
    const probe = await createCgroup(candidate, `probe-${host.pid}`, {
      memoryBytes: 2 ** 30,
      pids: 64,
      cpus: 1,
      diskBytes: 0,
    }).catch(() => null);
    if (probe === null) continue;
    const join = probe.procsFiles.map((file) => `echo $$ > '${file}'`).join(' && ');
    const moved = await runProgram('sh', ['-c', join], { reject: false });
    await removeCgroup(probe.folders);
    if (!moved.failed) return candidate;
  }
  return null;
}

async function candidates(): Promise<readonly CgroupRoot[]> {
  const own = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const paths = new Map<string, string>();
  for (const line of own.split('\n')) {
    const [, controllers = '', folder = '/'] = line.split(':');
    for (const name of controllers.split(',')) paths.set(name, folder);
  }
  if (lineOf(mounts, ` ${root} `).includes(' - cgroup2 ')) {
    // Next to our own cgroup, which holds processes and therefore cannot be divided; or at the top.
    const sibling = path.join(root, path.dirname(paths.get('') ?? '/'));
    return [...new Set([sibling, root])].map((folder) => ({
      version: 2 as const,
      folders: { memory: folder, pids: folder, cpu: folder },
    }));
  }
  const at = (own: boolean): CgroupRoot => {
    const folder = (name: string): string =>
      path.join(root, name, own ? (paths.get(name) ?? '/') : '/');
    return {
      version: 1,
      folders: { memory: folder('memory'), pids: folder('pids'), cpu: folder('cpu') },
    };
  };
  return [at(true), at(false)];
}

function lineOf(text: string, part: string): string {
  return text.split('\n').find((line) => line.includes(part)) ?? '';
}

/** What a sandbox's cgroup will consist of: known before it is made, so that a record of it can be there first. */
export function cgroupFolders(
  { folders: { memory, pids, cpu } }: Pick<CgroupRoot, 'folders'>,
  id: string,
): readonly string[] {
  return [...new Set([memory, pids, cpu])].map((folder) => path.join(folder, prefix + id));
}

/** Makes a cgroup with limits. Rejects when a controller is missing or not ours to use. */
export async function createCgroup(
  { version, folders }: CgroupRoot,
  id: string,
  limits: SandboxLimits,
): Promise<Cgroup> {
  const memory = String(limits.memoryBytes);
  const pids = String(limits.pids + ownPids);
  const quota = Math.round(limits.cpus * periodUs);
  const own = {
    memory: path.join(folders.memory, prefix + id),
    pids: path.join(folders.pids, prefix + id),
    cpu: path.join(folders.cpu, prefix + id),
  };
  const made = cgroupFolders({ folders }, id);
  try {
    if (version === 2) {
      await writeFile(path.join(folders.memory, 'cgroup.subtree_control'), '+memory +pids +cpu');
    }
    for (const folder of made) await mkdir(folder);
    if (version === 1) {
      await writeFile(path.join(own.memory, 'memory.limit_in_bytes'), memory);
      // Only there when the kernel accounts swap.
      await writeFile(path.join(own.memory, 'memory.memsw.limit_in_bytes'), memory).catch(
        () => undefined,
      );
      await writeFile(path.join(own.cpu, 'cpu.cfs_quota_us'), String(quota));
    } else {
      await writeFile(path.join(own.memory, 'memory.max'), memory);
      await writeFile(path.join(own.memory, 'memory.swap.max'), '0').catch(() => undefined);
      await writeFile(path.join(own.cpu, 'cpu.max'), `${quota} ${periodUs}`);
    }
    await writeFile(path.join(own.pids, 'pids.max'), pids);
  } catch (error) {
    await removeCgroup(made);
    throw error;
  }
  const counter = version === 1 ? 'memory.oom_control' : 'memory.events';
  return {
    procsFiles: made.map((folder) => path.join(folder, 'cgroup.procs')),
    folders: made,
    oomCounter: {
      outside: path.join(own.memory, counter),
      inside: version === 1 ? `/sys/fs/cgroup/memory/${counter}` : `/sys/fs/cgroup/${counter}`,
    },
  };
}

/** Whether a folder is one of ours, by its name. */
export function isOwnCgroup(folder: string): boolean {
  return folder.startsWith(`${root}/`) && path.basename(folder).startsWith(prefix);
}

/** Kills what is still in a cgroup and removes it. One that is gone is as good as removed. */
export async function removeCgroup(folders: readonly string[]): Promise<void> {
  const limit = Date.now() + emptyMs;
  for (const folder of folders) {
    while (await holdsProcesses(folder)) {
      if (Date.now() > limit) break;
      await delay(2);
    }
    await rmdir(folder).catch(() => undefined); // The reaper tries again.
  }
}

/** Kills once, and tells whether there was anything to kill. */
async function holdsProcesses(folder: string): Promise<boolean> {
  const text = await readFile(path.join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
  const ids = text.split('\n').filter(Boolean).map(Number);
  for (const id of ids) {
    try {
      kill(id, 'SIGKILL');
    } catch {
      continue; // It ended by itself.
    }
  }
  return ids.length > 0;
}
