import type { Host } from '../host';

/** Label keys of everything that we make. Nothing without `marker` is ever touched. */
export const labelKeys = {
  marker: 'benchyard',
  /** `sandbox`, `snapshot`, `image`. */
  kind: 'benchyard.kind',
  owner: 'benchyard.owner',
  snapshotKey: 'benchyard.snapshot.key',
  snapshotTitle: 'benchyard.snapshot.title',
  /** The image that a snapshot was made on, whose content it keeps. */
  snapshotImage: 'benchyard.snapshot.image',
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

/** Only Linux tells the moment as a number; elsewhere a process is known to live, and no more. */
function startOf(pid: number, host: Host): string | null {
  const started = host.startTimeOf(pid);
  return started === null || /^\d+$/.test(started) ? started : '';
}

export function ownerOf(host: Host): Owner {
  return { hostname: host.hostname, pid: host.pid, started: startOf(host.pid, host) ?? '' };
}

/** Whether an owner is a process of this machine that has ended. False for other machines': they cannot be asked. */
export function isDead(owner: Owner, host: Host): boolean {
  if (owner.hostname !== host.hostname) return false;
  const started = startOf(owner.pid, host);
  if (started === null) return true;
  return owner.started !== '' && started !== '' && started !== owner.started;
}
