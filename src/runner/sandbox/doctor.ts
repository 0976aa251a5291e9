import { access, constants, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import path from 'node:path';
import type { Host } from '../host';
import { RunnerError } from '../model';
import { runProgram } from '../program';
import { bubblewrapProblem } from './bubblewrap/isolation';
import { builtInImages } from './builtInImages';
import { findOfflineRoot } from './offlineRoot';
import { emulationCost } from './pull/emulation';
import type { Check, SandboxCallOptions, SandboxProvider } from './sandbox';

const gigabyte = 1e9;
const leastDiskBytes = 5 * gigabyte;
const leastMemoryBytes = 2 * gigabyte;

/**
 * What this machine has of what runs need, each with what to do when it is missing. `docker`, `bubblewrap` and `git`
 * are always among them; one of the first two is enough.
 */
export async function doctorChecks(
  host: Host,
  { signal }: SandboxCallOptions,
): Promise<readonly Check[]> {
  const checks = await Promise.all([
    dockerChecks(host, signal),
    bubblewrapChecks(host, signal),
    gitCheck(host, signal),
    builderCheck(host),
    diskCheck(host),
    emulationCheck(host),
    Promise.resolve(machineCheck(host)),
  ]);
  signal.throwIfAborted();
  return checks.flat();
}

// -- Docker --------------------------------------------------------------------------------------------------------

async function dockerChecks(host: Host, signal: AbortSignal): Promise<readonly Check[]> {
  const { createDockerProvider } = await import('./docker');
  try {
    await using provider = await createDockerProvider(host, { signal });
    return [...(await provider.check({ signal })), await imageCheck(provider, signal)];
  } catch (error) {
    signal.throwIfAborted();
    if (!RunnerError.is(error)) throw error;
    return [await missingEngine(error, host)];
  }
}

/** Not installed, not running and not permitted are mended in three different ways. */
async function missingEngine(error: RunnerError, host: Host): Promise<Check> {
  const set = host.env['DOCKER_HOST'];
  const failed = (found: string, fix: string): Check => ({ id: 'docker', ok: false, found, fix });
  if (error.code !== 'docker-unavailable') return failed('not permitted', error.message);
  if (set !== undefined && set !== '') {
    return failed(
      `no engine answers at DOCKER_HOST=${set}`,
      'Start it there, or unset DOCKER_HOST.',
    );
  }
  const installed = (await isInstalled('dockerd', host)) || (await isInstalled('docker', host));
  if (installed) {
    return failed(
      'installed, not running',
      'Start it: sudo systemctl start docker (without systemd: sudo service docker start, or sudo dockerd &). With Docker Desktop: start it.',
    );
  }
  return failed(
    'not installed',
    'Install it: apt-get install docker.io (others: https://docs.docker.com/engine/install). On Linux bubblewrap does as well for tasks that name no image.',
  );
}

async function imageCheck(provider: SandboxProvider, signal: AbortSignal): Promise<Check> {
  const images = (await provider.leftovers({ signal })).filter(
    ({ kind, id }) =>
      kind === 'image' && builtInImages.some(({ repository }) => id.startsWith(`${repository}:`)),
  );
  const names = images.map(({ id }) => id).join(', ');
  return {
    id: 'image',
    ok: true,
    found: names === '' ? 'swebench-lite is not there yet; the first run makes it' : names,
    fix: null,
  };
}

// -- bubblewrap ----------------------------------------------------------------------------------------------------

async function bubblewrapChecks(host: Host, signal: AbortSignal): Promise<readonly Check[]> {
  if (host.platform !== 'linux') {
    return [{ id: 'bubblewrap', ok: false, found: 'exists for Linux only', fix: 'Use Docker.' }];
  }
  const problem = await bubblewrapProblem(host, signal);
  if (problem !== null) return [{ id: 'bubblewrap', ok: false, ...problem }];
  const { createBubblewrapProvider } = await import('./bubblewrap');
  try {
    await using provider = await createBubblewrapProvider(host, { signal });
    return await provider.check({ signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!RunnerError.is(error, 'no-sandbox')) throw error;
    return [{ id: 'bubblewrap', ok: false, found: 'cannot be used', fix: error.message }];
  }
}

/** mmdebstrap builds what is run where no image can be pulled; once that is built it is not needed any more. */
async function builderCheck(host: Host): Promise<Check> {
  const roots = await Promise.all(builtInImages.map((image) => findOfflineRoot(host, image)));
  const found = roots.flatMap((root) => (root === null ? [] : [`${root.imageName}, ${root.note}`]));
  if (roots[0] !== null) {
    return { id: 'offline-environment', ok: true, found: found.join('; '), fix: null };
  }
  const there = host.platform === 'linux' && (await isInstalled('mmdebstrap', host));
  return {
    id: 'offline-environment',
    ok: there,
    found: there
      ? 'not built yet; the first run that needs it builds it with mmdebstrap'
      : 'cannot be built: mmdebstrap is not installed',
    fix: there
      ? null
      : 'Install mmdebstrap (Debian, Ubuntu: apt-get install mmdebstrap). bubblewrap needs it, and Docker where python:3.10-slim cannot be pulled.',
  };
}

// -- the machine ---------------------------------------------------------------------------------------------------

async function gitCheck(host: Host, signal: AbortSignal): Promise<Check> {
  const { failed, stdout } = await runProgram('git', ['--version'], {
    cancelSignal: signal,
    env: { PATH: host.env['PATH'] },
    extendEnv: false,
    reject: false,
  });
  return failed
    ? { id: 'git', ok: false, found: 'not installed', fix: 'Install git (apt-get install git).' }
    : { id: 'git', ok: true, found: stdout.trim(), fix: null };
}

async function diskCheck({ cacheDir }: Host): Promise<Check> {
  let folder = cacheDir;
  while (!(await isThere(folder)) && path.dirname(folder) !== folder) folder = path.dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const ok = bavail * bsize >= leastDiskBytes;
  return {
    id: 'disk',
    ok,
    found: `${Math.round((bavail * bsize) / gigabyte)} GB free for ${cacheDir}`,
    fix: ok
      ? null
      : 'Free some space (benchyard clean --images --snapshots --cache), or move the cache with BENCHYARD_CACHE.',
  };
}

/** The datasets' own images are made for one processor; another one needs an emulator, which Docker Desktop brings. */
async function emulationCheck({ arch, platform }: Host): Promise<readonly Check[]> {
  if (arch !== 'arm64') return [];
  const folder = '/proc/sys/fs/binfmt_misc';
  const ready =
    platform !== 'linux' ||
    (await isThere(path.join(folder, 'qemu-x86_64'))) ||
    (await isThere(path.join(folder, 'rosetta')));
  return [
    {
      id: 'emulation',
      ok: ready,
      found: `official images of SWE-bench exist for linux/amd64 only: ${ready ? emulationCost : 'this arm64 machine has no emulator for them'}`,
      fix: ready
        ? null
        : 'Install one (apt-get install qemu-user-static binfmt-support), or use environments that are built for this machine.',
    },
  ];
}

function machineCheck({ cores }: Host): Check {
  const memory = totalmem();
  const ok = memory >= leastMemoryBytes;
  return {
    id: 'machine',
    ok,
    found: `${cores} ${cores === 1 ? 'core' : 'cores'}, ${Math.round(memory / gigabyte)} GB memory`,
    fix: ok ? null : 'A trial may use 2 GB. Run with --concurrency 1, or on a larger machine.',
  };
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Whether a program is on the search path, or where administrators' programs are, which is not on everybody's. */
async function isInstalled(program: string, host: Host): Promise<boolean> {
  const windows = host.platform === 'win32';
  const folders = (host.env['PATH'] ?? '').split(windows ? ';' : ':').filter(Boolean);
  for (const folder of windows ? folders : [...folders, '/usr/sbin', '/sbin']) {
    const file = path.join(folder, windows ? `${program}.exe` : program);
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return true;
  }
  return false;
}
