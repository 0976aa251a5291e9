import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../host';
import type { EnvironmentSource } from '../../model';
import { RunnerError } from '../../model/errors';
import { judgeFolder } from '../docker/containerConfig';
import { formatOwner, ownerOf } from '../labels';
import type {
  Check,
  ProgressOptions,
  ReapReport,
  ResolvedImage,
  Sandbox,
  SandboxCallOptions,
  SandboxCapabilities,
  SandboxLeftover,
  SandboxProvider,
  SandboxSpec,
} from '../sandbox';
import { BubblewrapSandbox } from './bubblewrapSandbox';
import type { Cgroup, CgroupRoot } from './cgroup';
import { cgroupFolders, createCgroup, findCgroupRoot, removeCgroup } from './cgroup';
import { findFeatures } from './features';
import type { Isolation } from './isolation';
import { bubblewrapProblem, createIsolation } from './isolation';
import type { Features } from './launch';
import { launchOf, writesToMemory } from './launch';
import { findPlace } from './places';
import type { Layout } from './records';
import {
  allRecords,
  isAbandoned,
  makeRecorded,
  removeDrafts,
  removeRemains,
  removeTree,
  sizeOf,
} from './records';
import { assertRoot, resolveRoot, rootFolder } from './root';
import { seccompProgram } from './seccomp';
import { BubblewrapSnapshots } from './snapshots';

const defaultSnapshotBudgetBytes = 20 * 1024 ** 3;
const furnishMs = 30_000;

export interface BubblewrapProviderOptions {
  /** Room for all snapshots together. Default 20 GiB. */
  readonly snapshotBudgetBytes?: number;
  readonly signal: AbortSignal;
}

/**
 * Sandboxes without an engine, for Linux machines: namespaces made by bubblewrap on the offline root. Rejects with
 * `no-sandbox`, which says what is missing and what to do, where this user cannot have them.
 */
export async function createBubblewrapProvider(
  host: Host,
  options: BubblewrapProviderOptions,
): Promise<SandboxProvider> {
  const { signal } = options;
  if (host.platform !== 'linux') {
    throw new RunnerError('no-sandbox', 'bubblewrap exists for Linux only. Use Docker.');
  }
  const problem = await bubblewrapProblem(host, signal);
  if (problem !== null) throw new RunnerError('no-sandbox', `${problem.found}. ${problem.fix}`);
  const isolation = await createIsolation(host, { signal });
  try {
    const owner = formatOwner(ownerOf(host));
    const [layout, features, cgroups] = await Promise.all([
      findPlace(host, { isolation, signal }),
      findFeatures(host, { isolation, signal }),
      findCgroupRoot(host),
    ]);
    return new BubblewrapProvider({
      ...options,
      host,
      isolation,
      layout,
      features,
      cgroups,
      owner,
    });
  } catch (error) {
    await isolation[Symbol.asyncDispose]();
    throw error;
  }
}

interface Machine {
  readonly host: Host;
  readonly isolation: Isolation;
  readonly layout: Layout;
  readonly features: Features;
  readonly cgroups: CgroupRoot | null;
  readonly owner: string;
}

class BubblewrapProvider implements SandboxProvider {
  readonly name = 'bubblewrap';
  readonly capabilities: SandboxCapabilities;
  readonly snapshots: BubblewrapSnapshots;
  readonly #machine: Machine;
  readonly #open = new Set<BubblewrapSandbox>();

  constructor(options: BubblewrapProviderOptions & Machine) {
    this.#machine = options;
    const limited = options.cgroups !== null;
    this.capabilities = {
      images: false,
      memoryLimit: limited ? 'tree' : 'process',
      pidsLimit: true,
      cpuLimit: limited,
      oomDetection: limited,
      diskLimit: options.features.overlayOnTmpfs ? 'total' : 'file',
      network: true,
      snapshots: true,
      mounts: true,
      otherUsers: options.isolation.mode !== 'single',
    };
    const budgetBytes = options.snapshotBudgetBytes ?? defaultSnapshotBudgetBytes;
    this.snapshots = new BubblewrapSnapshots({ ...options, budgetBytes });
  }

  resolveImage(source: EnvironmentSource | null, options: ProgressOptions): Promise<ResolvedImage> {
    return resolveRoot(source, this.#machine, options);
  }

  imageWarnings(): readonly string[] {
    return [];
  }

  /** The built-in environments stay. */
  releaseImage(): void {
    return;
  }

  async create(asked: SandboxSpec, { signal }: SandboxCallOptions): Promise<Sandbox> {
    signal.throwIfAborted();
    const spec = asked.profile === 'judge' ? this.#judgeSpec(asked) : asked;
    const { layout, isolation, host } = this.#machine;
    await assertRoot(layout, spec.image);
    const keys = spec.snapshot === null ? [] : await this.snapshots.chain(spec.snapshot);
    const id = randomBytes(6).toString('hex');
    const { cgroups, owner } = this.#machine;
    const record = {
      owner,
      process: null,
      kept: false,
      snapshots: [...keys],
      cgroups: cgroups === null ? [] : [...cgroupFolders(cgroups, id)],
      labels: { ...spec.labels },
    };
    const folder = await makeRecorded(layout, id, record);
    let cgroup: Cgroup | null = null;
    let sandbox: BubblewrapSandbox | null = null;
    try {
      cgroup = await this.#cgroup(id, spec);
      const launch = launchOf(spec, {
        ...this.#machine,
        cgroup,
        base: layout.base,
        layers: this.#layers(keys, spec.image),
        folder: path.relative(layout.base, folder),
      });
      const seccomp = seccompProgram(host.arch, spec.profile);
      const onDisposed = (disposed: BubblewrapSandbox): void => {
        this.#open.delete(disposed);
      };
      const place = { id, spec, host, isolation, launch, seccomp, cgroup, folder, record };
      const start = { ...place, onDisposed, signal };
      sandbox = await BubblewrapSandbox.start(start);
      this.#open.add(sandbox);
      if (spec.profile === 'builder') await furnish(sandbox, signal);
      return sandbox;
    } catch (error) {
      await sandbox?.stop();
      await removeCgroup(cgroup?.folders ?? []);
      await removeTree(folder, isolation);
      signal.throwIfAborted();
      throw error;
    }
  }

  answers(): Promise<boolean> {
    return Promise.resolve(true);
  }

  storageFolders(): readonly string[] {
    return [this.#machine.layout.base];
  }

  /** Roots are built, in the cache, and what they take is known then only. */
  missingImageBytes(): Promise<number> {
    return Promise.resolve(0);
  }

  makeRoom(bytes: number, options: SandboxCallOptions): Promise<number> {
    return this.snapshots.evict(bytes, options);
  }

  async reap({ signal }: SandboxCallOptions): Promise<ReapReport> {
    const { layout, host } = this.#machine;
    const removed: SandboxLeftover[] = [];
    for (const { folder, record } of await allRecords(layout)) {
      signal.throwIfAborted();
      if (!(await isAbandoned(folder, record, host))) continue;
      await removeRemains(folder, record, this.#machine);
      removed.push({ kind: 'folder', id: path.basename(folder), bytes: 0, inUse: false });
    }
    await removeDrafts(layout, host);
    await this.snapshots.removeHidden();
    return { removed };
  }

  check(): Promise<readonly Check[]> {
    const { isolation, features, cgroups } = this.#machine;
    const parts = [
      `user ids: ${isolation.mode}`,
      features.seccomp ? 'seccomp' : 'no seccomp filter for this processor',
      features.overlayOnTmpfs ? 'writes capped in memory' : 'writes on the disk, each file capped',
    ];
    return Promise.resolve([
      { id: 'bubblewrap', ok: true, found: parts.join(', '), fix: null },
      {
        id: 'bubblewrap-limits',
        ok: cgroups !== null,
        found:
          cgroups === null
            ? `memory and processes limited for each process alone`
            : `memory, pids and cpu limits (cgroup v${cgroups.version})`,
        fix:
          cgroups === null
            ? 'Run as root, or in a session whose cgroup is delegated to you (systemd-run --user --scope -p Delegate=yes …).'
            : null,
      },
    ]);
  }

  async leftovers({ signal }: SandboxCallOptions): Promise<readonly SandboxLeftover[]> {
    const { layout, isolation, host } = this.#machine;
    const found: SandboxLeftover[] = [];
    let rootsInUse = false;
    for (const { folder, record } of await allRecords(layout)) {
      signal.throwIfAborted();
      const inUse = !(await isAbandoned(folder, record, host));
      rootsInUse ||= inUse;
      const bytes = await sizeOf(folder, isolation).catch(() => 0); // its owner removes it just now
      found.push({ kind: 'folder', id: path.basename(folder), bytes, inUse });
    }
    for (const name of await readdir(layout.roots)) {
      signal.throwIfAborted();
      const bytes = await sizeOf(path.join(layout.roots, name), isolation);
      found.push({ kind: 'image', id: name, bytes, inUse: rootsInUse });
    }
    return found;
  }

  async remove({ kind, id }: SandboxLeftover): Promise<void> {
    const { layout, isolation } = this.#machine;
    if (kind === 'folder') {
      const found = (await allRecords(layout)).find(({ folder }) => path.basename(folder) === id);
      if (found !== undefined) await removeRemains(found.folder, found.record, this.#machine);
    } else if (kind === 'image' && (await readdir(layout.roots)).includes(id)) {
      await removeTree(path.join(layout.roots, id), isolation);
    }
  }

  /** Removes sandboxes that nobody disposed of (and nobody kept). */
  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open].filter(({ kept }) => !kept);
    await Promise.allSettled(open.map((sandbox) => sandbox[Symbol.asyncDispose]()));
    this.#open.clear();
    await this.#machine.isolation[Symbol.asyncDispose]();
  }

  #judgeSpec(spec: SandboxSpec): SandboxSpec {
    if (this.capabilities.otherUsers) return { ...spec, workdir: judgeFolder };
    throw new RunnerError(
      'unsupported-environment',
      'Programs are judged as users of their own, and this user has only one id for sandboxes. Give it subordinate ids (as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER), or use --sandbox docker.',
    );
  }

  /** What a trial writes to memory comes on top of what its processes may use. */
  #cgroup(id: string, spec: SandboxSpec): Promise<Cgroup | null> {
    const { cgroups, features, host } = this.#machine;
    if (cgroups === null) return Promise.resolve(null);
    const written = writesToMemory(spec, features) ? spec.limits.diskBytes : 0;
    return createCgroup(cgroups, id, {
      ...spec.limits,
      cpus: Math.min(spec.limits.cpus, host.cores),
      memoryBytes: spec.limits.memoryBytes + written,
    });
  }

  #layers(keys: readonly string[], image: ResolvedImage): readonly string[] {
    const { layout } = this.#machine;
    const folders = [
      ...keys.map((key) => path.join(layout.snapshots, key)),
      rootFolder(layout, image),
    ];
    return folders.map((folder) => path.join(path.relative(layout.base, folder), 'fs'));
  }
}

async function furnish(sandbox: BubblewrapSandbox, signal: AbortSignal): Promise<void> {
  const argv = ['mkdir', '-p', '--', sandbox.workdir];
  const result = await sandbox.exec(argv, { cwd: '/', timeoutMs: furnishMs, signal });
  if (result.exitCode === 0) return;
  throw new Error(`cannot furnish a sandbox: ${Buffer.from(result.stderr).toString('utf8')}`);
}
