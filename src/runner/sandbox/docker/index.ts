import { randomBytes } from 'node:crypto';
import type Docker from 'dockerode';
import type { Host } from '../../host';
import type { EnvironmentSource } from '../../model';
import { RunnerError } from '../../model/errors';
import { resolveDockerImage } from '../images';
import { imageEngine } from '../dockerImages';
import { emulationWarning } from '../pull/emulation';
import { imageBudgetOf } from '../pull/imageBudget';
import type { ImageMirrors } from '../pull/imageName';
import { parseMirrors } from '../pull/imageName';
import type { PullSchedulerOptions } from '../pull/pullScheduler';
import { PullScheduler } from '../pull/pullScheduler';
import { formatOwner, ownerOf } from '../labels';
import type {
  Check,
  ImageRequestOptions,
  ImageSettings,
  ReapReport,
  ResolvedImage,
  Sandbox,
  SandboxCallOptions,
  SandboxCapabilities,
  SandboxLeftover,
  SandboxProvider,
  SandboxSpec,
  SnapshotStore,
} from '../sandbox';
import type { Engine } from './connect';
import { connect, orAbort } from './connect';
import { containerConfig, judgeFolder, layoutOf, storedWorkspace } from './containerConfig';
import { DockerSandbox, removeContainer, startFailure } from './dockerSandbox';
import { engineChecks } from './engineChecks';
import { dockerError } from './errors';
import { leftovers, reap, removeLeftover } from './reaper';
import { DockerSnapshots } from './snapshots';

const defaultSnapshotBudgetBytes = 20 * 1024 ** 3;
const furnishMs = 120_000;
/** An engine that takes longer to make a container is not going to. */
const createLimitMs = 120_000;
const answerMs = 5000;

/** Makes the workdir and home, and brings back what a snapshot stored. Paths come as arguments. */
const furnishScript = `set -e
mkdir -p "$1" "$2"
[ -z "$3" ] || [ ! -d "$4" ] || cp -a "$4/." "$3/"
`;

export interface DockerProviderOptions {
  /** Room for all snapshots together. Default 20 GiB. */
  readonly snapshotBudgetBytes?: number;
  readonly images?: ImageSettings;
  /** How pulls are timed; for tests. */
  readonly pulls?: Pick<PullSchedulerOptions, 'retryDelaysMs' | 'rateLimit' | 'concurrency'>;
  readonly signal?: AbortSignal;
}

/**
 * Sandboxes as containers of a Docker engine (or any that speaks its API). Rejects with `docker-unavailable` or
 * `docker-denied` when there is none that this user may use; both say what to do.
 */
export async function createDockerProvider(
  host: Host,
  options: DockerProviderOptions = {},
): Promise<SandboxProvider> {
  const engine = await connect(host, options.signal);
  const owner = formatOwner(ownerOf(host));
  const scheduler = new PullScheduler({
    engine: imageEngine(engine.docker),
    engineId: engine.info.ID,
    host,
    budgetBytes: await imageBudgetOf(engine, options.images, host),
    ...options.pulls,
  });
  return new DockerProvider(engine, { ...options, host, owner, scheduler });
}

class DockerProvider implements SandboxProvider {
  readonly name = 'docker';
  readonly capabilities: SandboxCapabilities;
  readonly snapshots: SnapshotStore;
  readonly #engine: Engine;
  readonly #host: Host;
  readonly #owner: string;
  readonly #scheduler: PullScheduler;
  readonly #mirrors: ImageMirrors;
  readonly #open = new Set<DockerSandbox>();
  /** Sandboxes that somebody disposed of while the engine did not answer. */
  readonly #undisposed = new Set<DockerSandbox>();
  /** Containers of sandboxes that never came to be, which the engine would not remove. */
  readonly #unremoved = new Set<Docker.Container>();

  constructor(
    engine: Engine,
    options: DockerProviderOptions & {
      readonly host: Host;
      readonly owner: string;
      readonly scheduler: PullScheduler;
    },
  ) {
    this.#scheduler = options.scheduler;
    const mirror = options.images?.mirror ?? options.host.env['BENCHYARD_IMAGE_MIRROR'] ?? '';
    this.#mirrors = parseMirrors(mirror);
    this.#engine = engine;
    this.#host = options.host;
    this.#owner = options.owner;
    const { info } = engine;
    this.capabilities = {
      images: true,
      memoryLimit: 'tree',
      pidsLimit: info.PidsLimit,
      cpuLimit: info.CpuCfsQuota,
      oomDetection: info.MemoryLimit,
      diskLimit: 'workspace',
      network: true,
      snapshots: true,
      mounts: isLocal(engine.endpoint),
      otherUsers: true,
    };
    this.snapshots = new DockerSnapshots({
      docker: engine.docker,
      host: options.host,
      budgetBytes: options.snapshotBudgetBytes ?? defaultSnapshotBudgetBytes,
    });
  }

  resolveImage(
    source: EnvironmentSource | null,
    options: ImageRequestOptions,
  ): Promise<ResolvedImage> {
    return resolveDockerImage(this.#engine.docker, source, {
      ...options,
      host: this.#host,
      scheduler: this.#scheduler,
      mirrors: this.#mirrors,
    });
  }

  imageWarnings(sources: readonly (EnvironmentSource | null)[]): readonly string[] {
    const names = sources.flatMap((source) => (source?.kind === 'image' ? [source.image] : []));
    const warning = emulationWarning([...new Set(names)], this.#host);
    return warning === null ? [] : [warning];
  }

  releaseImage({ name }: ResolvedImage): void {
    this.#scheduler.release(name);
  }

  async create(asked: SandboxSpec, { signal }: SandboxCallOptions): Promise<Sandbox> {
    signal.throwIfAborted();
    const spec = asked.profile === 'judge' ? { ...asked, workdir: judgeFolder } : asked;
    const name = `benchyard-${randomBytes(6).toString('hex')}`;
    const { docker, info } = this.#engine;
    const config = containerConfig(spec, { name, owner: this.#owner, engineCores: info.NCPU });
    // By name, since a call that is cut short may have made the container without telling its id.
    let container = docker.getContainer(name);
    try {
      // A cancel waits for it: the engine goes on with a request that nobody waits for, and what it then made would stay.
      const abortSignal = AbortSignal.timeout(createLimitMs);
      container = await docker.createContainer({ ...config, abortSignal });
      signal.throwIfAborted();
      const dockerCommand = this.#dockerCommand();
      const onDisposed = (sandbox: DockerSandbox, isRemoved: boolean): void => {
        this.#open.delete(sandbox);
        if (isRemoved) this.#undisposed.delete(sandbox);
        else this.#undisposed.add(sandbox);
      };
      const options = { spec, dockerCommand, onDisposed, signal };
      const sandbox = await DockerSandbox.start(container, options);
      await furnish(sandbox, signal);
      this.#open.add(sandbox);
      return sandbox;
    } catch (error) {
      const reason = await startFailure(container, error, spec.image.name);
      await removeContainer(container).catch(() => {
        this.#unremoved.add(container);
      });
      signal.throwIfAborted();
      throw reason;
    }
  }

  async answers({ signal }: SandboxCallOptions): Promise<boolean> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
    try {
      await orAbort(this.#engine.docker.ping(), limit);
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }

  storageFolders(): readonly string[] {
    const { endpoint, info } = this.#engine;
    return isLocal(endpoint) && info.DockerRootDir !== '' ? [info.DockerRootDir] : [];
  }

  async missingImageBytes(
    sources: readonly (EnvironmentSource | null)[],
    { signal }: SandboxCallOptions,
  ): Promise<number> {
    const images = await this.#engine.docker.listImages({ abortSignal: signal });
    const here = new Set(images.flatMap(({ RepoTags }) => RepoTags ?? []));
    const wanted = sources.flatMap((source) => (source?.kind === 'image' ? [source.image] : []));
    const missing = [...new Set(wanted)].filter((name) => !here.has(name));
    return await this.#scheduler.expectedBytes(missing.length);
  }

  async makeRoom(bytes: number, { signal }: SandboxCallOptions): Promise<number> {
    const freed = await this.snapshots.evict(bytes, { signal });
    return freed >= bytes ? freed : freed + (await this.#scheduler.makeRoom(bytes - freed, signal));
  }

  async reap(options: SandboxCallOptions): Promise<ReapReport> {
    await this.#retryRemovals();
    return await reap(this.#engine.docker, this.#host, options);
  }

  check(): Promise<readonly Check[]> {
    return Promise.resolve(engineChecks(this.#engine));
  }

  async leftovers(options: SandboxCallOptions): Promise<readonly SandboxLeftover[]> {
    const pulled = (await this.#scheduler.pulled()).map(({ name, ...image }) => ({
      kind: 'image' as const,
      id: name,
      ...image,
    }));
    return [...(await leftovers(this.#engine.docker, this.#host, options)), ...pulled];
  }

  async remove(leftover: SandboxLeftover, { signal }: SandboxCallOptions): Promise<void> {
    if (leftover.kind === 'image' && (await this.#scheduler.remove(leftover.id, signal))) return;
    await removeLeftover(this.#engine.docker, leftover);
  }

  /** Removes sandboxes that nobody disposed of (and nobody kept). */
  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open].filter(({ kept }) => !kept);
    await Promise.allSettled(open.map((sandbox) => sandbox[Symbol.asyncDispose]()));
    await this.#retryRemovals();
    await this.#scheduler[Symbol.asyncDispose]();
  }

  /** What could not be removed while the engine was gone. What still cannot is left to the reaper. */
  async #retryRemovals(): Promise<void> {
    const sandboxes = [...this.#undisposed].map((sandbox) => sandbox[Symbol.asyncDispose]());
    const containers = [...this.#unremoved].map(async (container) => {
      await removeContainer(container);
      this.#unremoved.delete(container);
    });
    await Promise.allSettled([...sandboxes, ...containers]);
  }

  #dockerCommand(): readonly string[] {
    const { endpoint } = this.#engine;
    const usual = ['unix:///var/run/docker.sock', 'npipe:////./pipe/docker_engine'];
    const implied = endpoint.origin !== 'default' || usual.includes(endpoint.uri);
    return implied ? ['docker'] : ['docker', '-H', endpoint.uri];
  }
}

/** An engine behind a socket of this machine sees this machine's files. */
function isLocal({ uri }: Engine['endpoint']): boolean {
  return /^(unix|npipe):/.test(uri);
}

async function furnish(sandbox: DockerSandbox, signal: AbortSignal): Promise<void> {
  const layout = layoutOf(sandbox.spec);
  if (layout.kind === 'judge') return;
  const workspace = layout.kind === 'workspace' ? layout.workspace : '';
  const folders = [sandbox.workdir, layout.home, workspace, storedWorkspace];
  const argv = ['sh', '-c', furnishScript, 'sh', ...folders];
  const result = await sandbox.exec(argv, { cwd: '/', timeoutMs: furnishMs, signal });
  if (result.exitCode === 0) return;
  const said = Buffer.from(result.stderr).toString('utf8').trim();
  if (/no space left/i.test(said)) {
    const room = sandbox.spec.limits.diskBytes;
    throw new RunnerError(
      'disk-full',
      `The prepared project does not fit into the ${room} bytes that a trial may write.`,
    );
  }
  throw dockerError('Cannot furnish a sandbox', new Error(`${result.cause}: ${said}`));
}
