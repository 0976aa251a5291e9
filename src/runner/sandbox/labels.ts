import { readFile } from 'node:fs/promises';
import { kill } from 'node:process';
import type { Host } from '../host';

/** Label keys of everything that we make. Nothing without `marker` is ever touched. */
export const labelKeys = {
  marker: 'benchyard',
  /** `sandbox`, `snapshot`, `image`. */
  kind: 'benchyard.kind',
  owner: 'benchyard.owner',
  snapshotKey: 'benchyard.snapshot.key',
  snapshotTitle: 'benchyard.snapshot.title',
  snapshotBytes: 'benchyard.snapshot.bytes',
} as const;

/** The process that something belongs to: pids are used again, so the start time is part of it. */
export interface Owner {
  readonly hostname: string;
  readonly pid: number;
  /** Clock ticks since boot; empty where the platform does not tell. */
  readonly started: string;
}

export function formatOwner({ hostname, pid, started }: Owner): string {
  return `${encodeURIComponent(hostname)}/${pid}/${started}`;
}

export function parseOwner(label: string | undefined): Owner | null {
  const match = /^([^/]+)\/(\d{1,10})\/(\d*)$/.exec(label ?? '');
  if (match === null) return null;
  const [, hostname = '', pid = '', started = ''] = match;
  try {
    return { hostname: decodeURIComponent(hostname), pid: Number(pid), started };
  } catch {
    return null;
  }
}

/** When a process of this machine started, '' where that is not told, null when there is no such process. */
async function startOf(pid: number, platform: string): Promise<string | null> {
  if (platform === 'linux') {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    } catch {
      return null;
    }
  }
  try {
    kill(pid, 0);
    return '';
  } catch (error) {
    const denied = error instanceof Error && 'code' in error && error.code === 'EPERM';
    return denied ? '' : null;
  }
}

export async function ownerOf(host: Host): Promise<Owner> {
  return {
    hostname: host.hostname,
    pid: host.pid,
    started: (await startOf(host.pid, host.platform)) ?? '',
  };
}

/** Whether an owner is a process of this machine that has ended. False for other machines': they cannot be asked. */
export async function isDead(owner: Owner, host: Host): Promise<boolean> {
  if (owner.hostname !== host.hostname) return false;
  const started = await startOf(owner.pid, host.platform);
  if (started === null) return true;
  return owner.started !== '' && started !== '' && started !== owner.started;
}
