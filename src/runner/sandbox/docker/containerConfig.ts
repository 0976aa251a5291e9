import path from 'node:path';
import type Docker from 'dockerode';
import { helperCommand } from '../channel';
import { labelKeys } from '../labels';
import type { SandboxSpec } from '../sandbox';
import seccompProfile from './seccomp.json';

/** Unprivileged user of trials. */
export const trialUser = { uid: 1000, gid: 1000, name: 'benchyard' } as const;

/** Where a snapshot keeps what the builder had in the workdir's parent: at a trial's start a tmpfs covers that place. */
export const storedWorkspace = '/opt/benchyard/workspace';

/** Processes of our own (the helper, a file operation) on top of the limit. */
const ownPids = 8;
const mib = 1024 ** 2;

/** What apt and pip need as root to install packages; nothing that reaches beyond the container. */
const builderCapabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
];

/** What a judge needs to make each program a user of its own. */
const judgeCapabilities = ['KILL', 'SETGID', 'SETUID'];

const capabilities = {
  builder: builderCapabilities,
  trial: [],
  judge: judgeCapabilities,
} as const satisfies Record<SandboxSpec['profile'], readonly string[]>;

/** All that a judge can write to. */
export const judgeFolder = '/tmp';

/**
 * How a sandbox's folders are laid out.
 *
 * `workspace`: the workdir lies in a folder of its own (`/workspace/project`). A trial gets a read-only root, that
 * folder as a tmpfs, and the project copied into it. `image`: the workdir lies directly below the root (`/testbed` of
 * official images, with its environment beside it). It stays in the container's own layer, so a trial has a writable
 * root, runs as the image's root without capabilities (everything there is root's), and only single files are capped.
 *
 * `judge`: nothing but `/tmp` can be written.
 */
export type Layout =
  | { readonly kind: 'workspace'; readonly workspace: string; readonly home: string }
  | { readonly kind: 'image'; readonly home: string }
  | { readonly kind: 'judge'; readonly home: string };

export function layoutOf(spec: Pick<SandboxSpec, 'workdir' | 'profile'>): Layout {
  if (spec.profile === 'judge') return { kind: 'judge', home: judgeFolder };
  const workspace = path.posix.dirname(path.posix.normalize(spec.workdir));
  if (workspace === '/' || workspace === '.') return { kind: 'image', home: '/root' };
  const home = spec.profile === 'trial' ? path.posix.join(workspace, 'home') : '/root';
  return { kind: 'workspace', workspace, home };
}

/** Environment of every command, before the spec's own. */
export function baseEnvironment(spec: SandboxSpec): Record<string, string> {
  const layout = layoutOf(spec);
  const user = spec.profile === 'trial' && layout.kind === 'workspace' ? trialUser.name : 'root';
  return { HOME: layout.home, USER: user, LOGNAME: user, LANG: 'C.UTF-8', ...spec.env };
}

function tmpfsOptions(bytes: number, mode: string, owner: number = trialUser.uid): string {
  const inodes = Math.max(4096, Math.floor(bytes / 4096));
  return `rw,exec,nosuid,nodev,size=${bytes},nr_inodes=${inodes},mode=${mode},uid=${owner},gid=${owner}`;
}

/** How the room for all that a trial writes is shared out. */
function roomOf({ diskBytes, shmBytes }: SandboxSpec['limits']): {
  workspace: number;
  temporary: number;
  shared: number;
} {
  const shared = shmBytes ?? Math.min(64 * mib, Math.floor(diskBytes / 16));
  const temporary = Math.floor(diskBytes / 4);
  return { workspace: Math.max(mib, diskBytes - temporary - shared), temporary, shared };
}

function storageOf(spec: SandboxSpec, layout: Layout): Docker.HostConfig {
  const { diskBytes } = spec.limits;
  const room = roomOf(spec.limits);
  if (spec.profile === 'builder') return { ShmSize: room.shared };
  if (layout.kind === 'judge') return judgeStorage(room);
  const temporary = { '/tmp': tmpfsOptions(room.temporary, '1777') };
  if (layout.kind === 'image') {
    const fsize = { Name: 'fsize', Soft: diskBytes, Hard: diskBytes };
    return { ShmSize: room.shared, Tmpfs: temporary, Ulimits: [fsize] };
  }
  return {
    ReadonlyRootfs: true,
    ShmSize: room.shared,
    Tmpfs: { ...temporary, [layout.workspace]: tmpfsOptions(room.workspace, '0755') },
  };
}

/** What every program of a judge may write to, and what would outlive the program out of the judge's sight: nothing. */
function judgeStorage({ temporary, shared }: ReturnType<typeof roomOf>): Docker.HostConfig {
  return {
    ReadonlyRootfs: true,
    Tmpfs: {
      [judgeFolder]: tmpfsOptions(temporary, '1777', 0),
      '/dev/shm': tmpfsOptions(shared, '1777', 0),
      '/dev/mqueue': 'ro,size=4096,nr_inodes=1,mode=0555',
    },
  };
}

/** A tmpfs counts as memory, so a sandbox gets what it may write on top of what its processes may use. */
function memoryOf(spec: SandboxSpec, layout: Layout): number {
  const { memoryBytes, diskBytes } = spec.limits;
  if (spec.profile === 'builder') return memoryBytes;
  const { temporary, shared } = roomOf(spec.limits);
  return memoryBytes + (layout.kind === 'workspace' ? diskBytes : temporary + shared);
}

/** Objects of the kernel that would outlive a program and could be found by the next one. */
export const lastingObjectCalls = ['ipc', 'mq_open', 'msgget', 'semget', 'shmget'] as const;

/** The deny list of a profile. */
export function seccompOf(profile: SandboxSpec['profile']): typeof seccompProfile {
  if (profile !== 'judge') return seccompProfile;
  const refused = { names: [...lastingObjectCalls], action: 'SCMP_ACT_ERRNO', errnoRet: 1 };
  return { ...seccompProfile, syscalls: [...seccompProfile.syscalls, refused] };
}

/** Nothing of the host can be written, and no mount below a folder that is shown shows through. */
function mountsOf({ mounts = [] }: SandboxSpec): Pick<Docker.HostConfig, 'Mounts'> {
  if (mounts.length === 0) return {};
  return {
    Mounts: mounts.map(({ source, target }) => ({
      Type: 'bind',
      Source: source,
      Target: target,
      ReadOnly: true,
      BindOptions: { Propagation: 'rprivate' },
    })),
  };
}

function devicesOf({
  limits: { gpus = 0, runtime },
}: SandboxSpec): Pick<Docker.HostConfig, 'DeviceRequests' | 'Runtime'> {
  return {
    ...(gpus === 0 ? {} : { DeviceRequests: [{ Count: gpus, Capabilities: [['gpu']] }] }),
    ...(runtime === undefined ? {} : { Runtime: runtime }),
  };
}

export interface ContainerOptions {
  readonly name: string;
  /** Value of the owner label. */
  readonly owner: string;
  readonly engineCores: number;
}

/** The container of a sandbox. Pure, so that every hardening measure can be read (and tested) in one place. */
export function containerConfig(
  spec: SandboxSpec,
  options: ContainerOptions,
): Docker.ContainerCreateOptions {
  const layout = layoutOf(spec);
  const builder = spec.profile === 'builder';
  const asRoot = builder || layout.kind !== 'workspace';
  const memory = memoryOf(spec, layout);
  const storage = storageOf(spec, layout);
  const labels = Object.entries(spec.labels).map(
    ([key, value]) => [`benchyard.${key}`, value] as const,
  );
  return {
    name: options.name,
    // By digest: the name may mean another image by now, and the snapshot's key holds this one.
    Image: spec.snapshot?.id ?? spec.image.digest,
    Entrypoint: [...helperCommand],
    Cmd: [],
    Hostname: 'sandbox', // The same in every trial, like all that a program can see.
    WorkingDir: '/',
    User: asRoot ? '0:0' : `${trialUser.uid}:${trialUser.gid}`,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    // The channel's end is the helper's end: when this process dies, the container stops by itself.
    StdinOnce: true,
    Tty: false,
    Labels: {
      ...Object.fromEntries(labels),
      [labelKeys.marker]: '1',
      [labelKeys.kind]: 'sandbox',
      [labelKeys.owner]: options.owner,
    },
    HostConfig: {
      ...storage,
      NetworkMode: builder && spec.network ? 'bridge' : 'none',
      CapDrop: ['ALL'],
      CapAdd: [...capabilities[spec.profile]],
      SecurityOpt: ['no-new-privileges', `seccomp=${JSON.stringify(seccompOf(spec.profile))}`],
      IpcMode: 'private',
      Init: false,
      PidsLimit: spec.limits.pids + ownPids,
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: Math.round(Math.min(spec.limits.cpus, options.engineCores) * 1e9),
      Ulimits: [
        { Name: 'nofile', Soft: 8192, Hard: 8192 },
        { Name: 'core', Soft: 0, Hard: 0 },
        ...(storage.Ulimits ?? []),
      ],
      LogConfig: { Type: 'none', Config: {} },
      ...mountsOf(spec),
      ...devicesOf(spec),
    },
  };
}
