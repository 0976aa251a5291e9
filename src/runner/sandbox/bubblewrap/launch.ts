import path from 'node:path';
import { RunnerError } from '../../model/errors';
import { helperCommand } from '../channel';
import { judgeFolder, layoutOf, trialUser } from '../docker/containerConfig';
import type { SandboxSpec } from '../sandbox';
import type { Cgroup } from './cgroup';
import type { Isolation } from './isolation';
import launchScript from './launch.sh';

const mib = 1024 ** 2;

/** Descriptors that bwrap is given beside stdio. */
export const descriptors = { status: 3, seccomp: 4 } as const;

export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What apt and pip need as root to install packages; it counts for files and processes of the sandbox only. */
const builderCapabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
];

/** What a judge needs to make each program a user of its own. */
const judgeCapabilities = ['CAP_KILL', 'CAP_SETGID', 'CAP_SETUID'];

/** What this machine's bwrap and kernel can do. */
export interface Features {
  readonly disableUserns: boolean;
  /** Overlays of a user work on a tmpfs (Linux 6.6); otherwise what a trial writes lies on the disk. */
  readonly overlayOnTmpfs: boolean;
  readonly seccomp: boolean;
}

export interface LaunchOptions {
  readonly isolation: Isolation;
  readonly features: Features;
  readonly cgroup: Cgroup | null;
  /** Folder of everything below; layers are relative to it. */
  readonly base: string;
  /** From the top down. */
  readonly layers: readonly string[];
  /** Folder of this sandbox on the disk, relative to `base`. */
  readonly folder: string;
}

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Where a trial or a judge may write, and where its home is. */
export function trialFolders(spec: SandboxSpec): {
  readonly home: string;
  readonly writable: readonly string[];
} {
  const layout = layoutOf(spec);
  if (layout.kind === 'judge') return { home: layout.home, writable: [judgeFolder] };
  const home = layout.kind === 'workspace' ? layout.home : `/home/${trialUser.name}`;
  const workspace = layout.kind === 'workspace' ? [layout.workspace] : [];
  return { home, writable: [...workspace, spec.workdir, home] };
}

/** Environment of every command, before the spec's own. */
export function environmentOf(spec: SandboxSpec): Record<string, string> {
  const user = spec.profile === 'trial' ? trialUser.name : 'root';
  const home = spec.profile === 'builder' ? '/root' : trialFolders(spec).home;
  return { HOME: home, USER: user, LOGNAME: user, LANG: 'C.UTF-8', ...spec.env };
}

/** Whether what is written goes to memory, where it is capped and gone with the sandbox. */
export function writesToMemory(spec: SandboxSpec, features: Features): boolean {
  return spec.profile !== 'builder' && features.overlayOnTmpfs;
}

/** The command that starts a sandbox. Pure, so that every hardening measure can be read (and tested) in one place. */
export function launchOf(spec: SandboxSpec, options: LaunchOptions): Launch {
  assertPlainPath(spec.workdir);
  const { isolation, features, cgroup } = options;
  const inMemory = writesToMemory(spec, features);
  const userId = spec.profile === 'trial' ? trialUser.uid : 0;
  const { writable } = trialFolders(spec);
  const room = inMemory ? spec.limits.diskBytes : 64 * mib;
  const env = {
    PATH: searchPath,
    BENCHYARD_CGROUPS: (cgroup?.procsFiles ?? []).join(' '),
    BENCHYARD_LAYERS: options.base,
    BENCHYARD_TMPFS: `size=${room},nr_inodes=${Math.max(4096, Math.floor(room / 4096))},mode=0755`,
    BENCHYARD_PLACE: path.posix.join(options.folder, 'tmp'),
    BENCHYARD_UPPER: inMemory ? '' : options.folder,
    BENCHYARD_ROOT_OWNER: ownership(isolation, 0),
    BENCHYARD_OVERLAY: isolation.mode === 'root' ? '' : 'userxattr,',
    BENCHYARD_LOWER: options.layers.join(':'),
    BENCHYARD_WRITABLE:
      spec.profile !== 'builder' ? writable.join(' ').replaceAll(/(^| )\//g, '$1') : '',
    BENCHYARD_OWNER: ownership(isolation, userId),
    BENCHYARD_MOUNTS: mountLines(spec),
  };
  const [program = '', ...prefix] = isolation.mountPrefix;
  const args = [
    ...prefix,
    ...['sh', '-c', launchScript, 'launch'],
    ...isolation.become(userId),
    ...[
      'bwrap',
      ...namespaces(spec, options),
      ...files(spec, options),
      ...environment(spec, options),
    ],
    ...(features.seccomp ? ['--seccomp', String(descriptors.seccomp)] : []),
    ...['--json-status-fd', String(descriptors.status), '--'],
    ...resourceLimits(spec, options),
    ...helperCommand,
  ];
  return { program, args, env };
}

/** Source and target in turn, a line each. */
function mountLines({ mounts = [] }: SandboxSpec): string {
  return mounts
    .map(({ source, target }) => {
      assertPlainPath(target);
      if (source.includes('\n'))
        throw new RunnerError('unsupported-environment', `bubblewrap cannot show ${source}.`);
      return `${source}\n${target.slice(1)}\n`;
    })
    .join('');
}

/** Paths go through a shell's word splitting and mount options. */
function assertPlainPath(folder: string): void {
  if (/^\/[\w./+-]+$/.test(folder) && path.posix.normalize(folder) === folder && folder.length > 1)
    return;
  throw new RunnerError(
    'unsupported-environment',
    `bubblewrap cannot use ${folder} as a folder of a sandbox.`,
  );
}

function ownership(isolation: Isolation, id: number): string {
  const hostId = isolation.hostId(id);
  return hostId === null ? '' : `${hostId}:${hostId}`;
}

function namespaces(spec: SandboxSpec, { isolation, features }: LaunchOptions): readonly string[] {
  const always = [
    ...['--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--hostname', 'sandbox', '--new-session', '--as-pid-1', '--cap-drop', 'ALL'],
  ];
  if (spec.profile !== 'trial') {
    // Its root is root of the user namespace that it is in already, which owns more than one id.
    const wanted = spec.profile === 'judge' ? judgeCapabilities : builderCapabilities;
    const capabilities = isolation.mode === 'single' ? [] : wanted;
    return [
      ...always,
      ...(spec.network ? [] : ['--unshare-net']),
      ...capabilities.flatMap((name) => ['--cap-add', name]),
    ];
  }
  const { uid, gid } = trialUser;
  return [
    ...always,
    ...['--unshare-net', '--unshare-user', '--uid', String(uid), '--gid', String(gid)],
    ...(features.disableUserns ? ['--disable-userns'] : []),
  ];
}

function files(spec: SandboxSpec, { cgroup }: LaunchOptions): readonly string[] {
  const root = '/tmp/root';
  const bind = (folder: string): readonly string[] => ['--bind', `${root}${folder}`, folder];
  const counter = cgroup?.oomCounter ?? null;
  const devices = [
    ...[
      '--proc',
      '/proc',
      '--dev',
      '/dev',
      '--bind',
      '/tmp/shm',
      '/dev/shm',
      '--remount-ro',
      '/dev',
    ],
    ...['--size', String(mib), '--tmpfs', '/sys'],
    ...(counter === null ? [] : ['--ro-bind', counter.outside, counter.inside]),
    ...['--remount-ro', '/sys'],
  ];
  const shown = (spec.mounts ?? []).flatMap(({ target }) => [
    '--ro-bind',
    `${root}${target}`,
    target,
  ]);
  if (spec.profile !== 'builder') {
    const folders = new Set(['/tmp', ...trialFolders(spec).writable]);
    const writable = [...folders].flatMap(bind);
    return ['--ro-bind', root, '/', ...writable, ...devices, ...shown];
  }
  // Without a network there are no names to resolve.
  const names = ['/etc/resolv.conf', '/etc/hosts'].flatMap((file) => ['--ro-bind-try', file, file]);
  return ['--bind', root, '/', ...devices, ...(spec.network ? names : []), ...shown];
}

function environment({ limits }: SandboxSpec, { cgroup }: LaunchOptions): readonly string[] {
  // A thread for each core of a large machine would not fit into the address space that a process may have.
  const threads = String(Math.max(1, Math.round(limits.cpus)));
  const variables = {
    PATH: searchPath,
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
    ...(cgroup === null ? { OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads } : {}),
  };
  const set = Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]);
  return ['--clearenv', ...set, '--chdir', '/'];
}

/** Inside, so that they bind the sandbox's processes and not bwrap. With a cgroup that limits them together none is needed. */
function resourceLimits(spec: SandboxSpec, { cgroup, features }: LaunchOptions): readonly string[] {
  const { memoryBytes, pids, diskBytes } = spec.limits;
  const onDisk = spec.profile !== 'builder' && !writesToMemory(spec, features);
  const limits = [
    ...(cgroup === null ? [`--as=${memoryBytes}`, `--nproc=${pids}`] : []),
    ...(onDisk ? [`--fsize=${diskBytes}`] : []),
  ];
  return limits.length === 0 ? [] : ['prlimit', ...limits, '--'];
}
