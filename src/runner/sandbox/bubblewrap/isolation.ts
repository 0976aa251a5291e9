import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import path from 'node:path';
import type { Host } from '../../host';
import { RunnerError } from '../../model/errors';
import { runProgram } from '../../program';

/** User ids of sandboxes: 0 … 65535 inside are this many ids from `firstHostId` on outside. */
const idCount = 65_536;
/** Far from what systems give to people, services and subordinate ranges. */
const firstHostId = 1_879_048_192;

/**
 * How user ids of sandboxes relate to the host's.
 *
 * `root`: we are root; sandboxes get a range of ids that belongs to nobody. `range`: a user with subordinate ids
 * (`/etc/subuid`). `single`: a user without; whoever a process is inside, outside it is that user, so that everything
 * inside has one owner.
 */
export type IsolationMode = 'root' | 'range' | 'single';

/** Commands that step into the namespaces of sandboxes. Prefixes go before a command's argv. */
export interface Isolation extends AsyncDisposable {
  readonly mode: IsolationMode;
  /** Starts a mount namespace of its own, with the right to mount in it. */
  readonly mountPrefix: readonly string[];
  /** From there: becomes the user `id` of sandboxes. Empty where bwrap does it by itself. */
  become(id: number): readonly string[];
  /** Runs as the sandboxes' root, without a mount namespace: for files that belong to ids of sandboxes. */
  readonly ownerPrefix: readonly string[];
  /** What `chown` on the host has to be given for an id inside, within `mountPrefix`; null: there is one owner only. */
  hostId(id: number): number | null;
}

const stepIntoMounts = ['unshare', '--mount', '--propagation', 'private'];

/**
 * Finds out what this user may do and prepares it.
 *
 * @throws `no-sandbox` with the reason and what to do when unprivileged user namespaces are not to be had
 */
export async function createIsolation(
  host: Host,
  { signal }: { readonly signal: AbortSignal },
): Promise<Isolation> {
  if (host.uid === 0 && (await works([...stepIntoMounts, 'true'], host, signal))) {
    const holder = await holdNamespace(host);
    if (holder !== null) return rootIsolation(holder);
  }
  const problem = await userNamespaceProblem(host, signal);
  if (problem !== null) throw new RunnerError('no-sandbox', `${problem.found}. ${problem.fix}`);
  const holder = host.uid === 0 ? null : await holdNamespace(host);
  return holder === null ? singleIsolation() : rangeIsolation(holder);
}

function enter(holder: ChildProcess, id: number): readonly string[] {
  const target = String(holder.pid);
  const user = String(id);
  return ['nsenter', '--target', target, '--user', '--setuid', user, '--setgid', user, '--'];
}

function rootIsolation(holder: ChildProcess): Isolation {
  return {
    mode: 'root',
    mountPrefix: stepIntoMounts,
    become: (id) => enter(holder, id),
    ownerPrefix: enter(holder, 0),
    hostId: (id) => firstHostId + id,
    [Symbol.asyncDispose]: () => release(holder),
  };
}

function rangeIsolation(holder: ChildProcess): Isolation {
  const inside = (id: number): readonly string[] => [
    'setpriv',
    '--reuid',
    String(id),
    '--regid',
    String(id),
    '--clear-groups',
    '--',
  ];
  return {
    mode: 'range',
    mountPrefix: [...enter(holder, 0), ...stepIntoMounts],
    become: (id) => (id === 0 ? [] : inside(id)),
    ownerPrefix: enter(holder, 0),
    hostId: (id) => id,
    [Symbol.asyncDispose]: () => release(holder),
  };
}

function singleIsolation(): Isolation {
  return {
    mode: 'single',
    mountPrefix: ['unshare', '--user', '--map-root-user', ...stepIntoMounts.slice(1)],
    become: () => [],
    ownerPrefix: ['unshare', '--user', '--map-root-user'],
    hostId: () => null,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * A process that keeps a user namespace with many ids alive for as long as our end of its stdin is open; null when such
 * a namespace cannot be had.
 */
async function holdNamespace(host: Host): Promise<ChildProcess | null> {
  const holder = spawn('unshare', ['--user', 'sh', '-c', 'echo; read -r _'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true, // Ctrl+C in a terminal is for us to handle.
    env: { PATH: host.env['PATH'] },
  });
  // Told by its end; without a listener it would end this process.
  holder.on('error', () => undefined);
  try {
    if (holder.pid === undefined) throw new Error('unshare cannot be started');
    await Promise.race([
      once(holder.stdout, 'data'),
      once(holder, 'close').then(() => Promise.reject(new Error('unshare failed'))),
    ]);
    if (host.uid === 0) await mapAsRoot(holder.pid);
    else await mapSubordinate(holder.pid, host);
  } catch (error) {
    host.log('debug', `no user namespace with many ids: ${String(error)}`);
    await release(holder);
    return null;
  }
  // Whoever forgets to dispose must still be able to end.
  holder.unref();
  for (const stream of [holder.stdin, holder.stdout]) if (stream instanceof Socket) stream.unref();
  return holder;
}

async function release(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const closed = once(holder, 'close').catch(() => undefined);
  holder.ref();
  holder.kill('SIGKILL');
  if (holder.pid !== undefined) await closed;
}

async function mapAsRoot(pid: number): Promise<void> {
  for (const kind of ['uid_map', 'gid_map']) {
    await writeFile(`/proc/${pid}/${kind}`, `0 ${firstHostId} ${idCount}`);
  }
}

/** Root inside is this user, everybody else one of the user's subordinate ids. */
async function mapSubordinate(pid: number, host: Host): Promise<void> {
  const user = await userName(host);
  const kinds = [
    { file: '/etc/subuid', program: 'newuidmap', id: host.uid },
    { file: '/etc/subgid', program: 'newgidmap', id: await groupId() },
  ];
  for (const { file, program, id } of kinds) {
    const range = parseSubordinate(await readFile(file, 'utf8'), user, host.uid);
    if (range === null) throw new Error(`no range in ${file}`);
    const count = Math.min(range.count, idCount) - 1;
    await runProgram(program, [pid, 0, String(id), 1, 1, range.first, count].map(String), {});
  }
}

async function userName({ uid }: Host): Promise<string> {
  const entries = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .map((line) => line.split(':'));
  return entries.find(([, , id]) => id === String(uid))?.[0] ?? String(uid);
}

async function groupId(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(/^Gid:\t(\d+)/m.exec(status)?.[1]);
}

/** A user's first range of `/etc/subuid` (`name:first:count`) that is large enough. */
export function parseSubordinate(
  text: string,
  name: string,
  uid: number | null,
): { readonly first: number; readonly count: number } | null {
  for (const line of text.split('\n')) {
    const [owner, first, count] = line.split(':');
    if (owner !== name && owner !== String(uid)) continue;
    if (Number(count) >= 1001 + 1) return { first: Number(first), count: Number(count) };
  }
  return null;
}

async function works(argv: readonly string[], host: Host, signal: AbortSignal): Promise<boolean> {
  return (await failureOf(argv, host, signal)) === null;
}

/** What a command said when it failed; null when it did not. */
async function failureOf(
  [program = '', ...args]: readonly string[],
  host: Host,
  signal: AbortSignal,
): Promise<string | null> {
  const options = {
    cancelSignal: signal,
    env: { PATH: host.env['PATH'] },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 10_000,
  } as const;
  const result = await runProgram(program, args, options);
  signal.throwIfAborted();
  if (!result.failed) return null;
  const said = result.stderr.trim();
  return said === '' ? (result.shortMessage ?? 'it failed') : said;
}

export interface Problem {
  readonly found: string;
  readonly fix: string;
}

/** Why sandboxes cannot be made from user namespaces here, or null. */
export async function userNamespaceProblem(
  host: Host,
  signal: AbortSignal,
): Promise<Problem | null> {
  const said = await failureOf(['unshare', '--user', '--map-root-user', 'true'], host, signal);
  if (said === null) return null;
  if (said.includes('ENOENT')) {
    return { found: 'unshare is missing', fix: 'Install util-linux (apt-get install util-linux).' };
  }
  const setting = async (name: string): Promise<string | null> =>
    readFile(path.join('/proc/sys', name), 'utf8').then(
      (text) => text.trim(),
      () => null,
    );
  const found = `this user may not make user namespaces (${said})`;
  if ((await setting('kernel/unprivileged_userns_clone')) === '0') {
    return { found, fix: 'As root: sysctl kernel.unprivileged_userns_clone=1' };
  }
  if ((await setting('user/max_user_namespaces')) === '0') {
    return { found, fix: 'As root: sysctl user.max_user_namespaces=10000' };
  }
  if ((await setting('kernel/apparmor_restrict_unprivileged_userns')) === '1') {
    return {
      found,
      fix: 'As root: sysctl kernel.apparmor_restrict_unprivileged_userns=0, or give bwrap and unshare an AppArmor profile that allows userns.',
    };
  }
  return {
    found,
    fix: 'Inside a container: start it with a seccomp profile that allows unshare and mount. Otherwise ask the administrator for unprivileged user namespaces, or use Docker.',
  };
}

/** Where a program and its libraries are, on every distribution. */
const programFolders = ['/usr', '/bin', '/lib', '/lib32', '/lib64', '/nix', '/gnu'];

/**
 * What bwrap says when it makes a whole sandbox of the host's own programs, or null when it can. Not of the host's whole
 * root: what is mounted below it (containers of an engine) may go away while bwrap looks at it.
 */
export async function bubblewrapProblem(host: Host, signal: AbortSignal): Promise<Problem | null> {
  const programs = programFolders.flatMap((folder) => ['--ro-bind-try', folder, folder]);
  const argv = ['bwrap', '--unshare-all', ...programs, '--proc', '/proc', '--dev', '/dev', 'true'];
  const said = await failureOf(argv, host, signal);
  if (said === null) return null;
  if (said.includes('ENOENT')) {
    return {
      found: 'bubblewrap (bwrap) is not installed',
      fix: 'Install it: apt-get install bubblewrap (Fedora: dnf install bubblewrap).',
    };
  }
  const cause = await userNamespaceProblem(host, signal);
  return {
    found: `bubblewrap cannot make a sandbox (${said})`,
    fix:
      cause?.fix ??
      'Inside a container this needs /proc unmasked (docker run --security-opt systempaths=unconfined …); use Docker otherwise.',
  };
}
