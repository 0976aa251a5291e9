import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type Docker from 'dockerode';
import type { Host } from '../../host';
import { labelKeys } from '../labels';
import type {
  Sandbox,
  SandboxCallOptions,
  SnapshotInfo,
  SnapshotRef,
  SnapshotStore,
} from '../sandbox';
import { layoutOf, storedWorkspace, trialUser } from './containerConfig';
import { DockerSandbox } from './dockerSandbox';
import { dockerError, statusOf } from './errors';

const repository = 'benchyard-snapshot';
/** Whoever was told of a snapshot gets this long to start from it before anybody evicts it. */
const restMs = 60_000;
const tidyMs = 120_000;

/**
 * Run in the builder before it is kept. Paths come as arguments, never as part of the script. A trial's user gets a
 * name, since programs ask for it; what was left in caches and temporary folders is not worth keeping.
 */
const tidyScript = `set -e
rm -rf /tmp/* /tmp/.[!.]* /var/tmp/* /root/.cache
grep -q '^[^:]*:[^:]*:'"$3"':' /etc/passwd || echo "$4:x:$3:$3::$5:/bin/sh" >> /etc/passwd
grep -q '^[^:]*:[^:]*:'"$3"':' /etc/group || echo "$4:x:$3:" >> /etc/group
[ -n "$1" ] || exit 0
mkdir -p "$1" "\${2%/*}"
mv "$1" "$2"
chown -hR "$3:$3" "$2"
`;

export interface SnapshotOptions {
  readonly docker: Docker;
  readonly host: Host;
  /** Room for all snapshots together. */
  readonly budgetBytes: number;
}

/**
 * Snapshots as images of the engine: `benchyard-snapshot:<key>`, told apart by labels. When each was used last is kept
 * beside, as the time of an empty file, since an image cannot carry what changes.
 */
export class DockerSnapshots implements SnapshotStore {
  readonly #docker: Docker;
  readonly #folder: string;
  readonly #budgetBytes: number;
  readonly #log: Host['log'];

  constructor({ docker, host, budgetBytes }: SnapshotOptions) {
    this.#docker = docker;
    this.#folder = path.join(host.cacheDir, 'snapshots', 'docker');
    this.#budgetBytes = budgetBytes;
    this.#log = host.log;
  }

  async find(key: string, { signal }: SandboxCallOptions): Promise<SnapshotRef | null> {
    const id = tagOf(key);
    try {
      signal.throwIfAborted();
      await this.#docker.getImage(id).inspect();
    } catch (error) {
      signal.throwIfAborted();
      if (statusOf(error) === 404) return null;
      throw dockerError('Cannot look for a snapshot', error);
    }
    await this.#touch(key);
    return { key, id };
  }

  async save(
    sandbox: Sandbox,
    { key, title }: { readonly key: string; readonly title: string },
    { signal }: SandboxCallOptions,
  ): Promise<SnapshotRef> {
    if (!(sandbox instanceof DockerSandbox)) throw new Error('not a sandbox of this provider');
    const id = tagOf(key);
    // Another process may have been faster; equal keys mean equal content.
    const kept = await this.find(key, { signal });
    if (kept !== null) return kept;
    await this.#tidy(sandbox, signal);
    try {
      const bytes = await this.#sizeOf(sandbox, signal);
      const labels = {
        [labelKeys.marker]: '1',
        [labelKeys.kind]: 'snapshot',
        [labelKeys.owner]: '',
        [labelKeys.snapshotKey]: key,
        [labelKeys.snapshotTitle]: title,
        [labelKeys.snapshotBytes]: String(bytes),
        [labelKeys.snapshotImage]: sandbox.spec.image.digest,
      };
      const changes = Object.entries(labels).map(
        ([name, value]) => `LABEL ${quoted(name)}=${quoted(value)}`,
      );
      await sandbox.container.commit({
        repo: repository,
        tag: key,
        pause: false,
        changes: changes.join('\n'),
        abortSignal: signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw dockerError(`Cannot keep ${title} as a snapshot`, error);
    }
    await this.#touch(key);
    const all = await this.list({ signal });
    const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
    await this.#evict(total - this.#budgetBytes, {
      all: all.filter((one) => one.key !== key),
      signal,
    });
    return { key, id };
  }

  async list({ signal }: SandboxCallOptions): Promise<readonly SnapshotInfo[]> {
    const filters = { label: [`${labelKeys.marker}=1`, `${labelKeys.kind}=snapshot`] };
    const images = await this.#docker
      .listImages({ filters, abortSignal: signal })
      .catch((error: unknown) => {
        signal.throwIfAborted();
        throw dockerError('Cannot list snapshots', error);
      });
    const infos = images.map(async (image): Promise<readonly SnapshotInfo[]> => {
      const key = image.Labels[labelKeys.snapshotKey];
      // An image without a tag lost its key to another process that saved the same; the reaper removes it.
      if (key === undefined || !(image.RepoTags ?? []).includes(tagOf(key))) return [];
      const createdAt = new Date(image.Created * 1000);
      const used = await this.#lastUsed(key);
      return [
        {
          key,
          id: tagOf(key),
          bytes: Number(image.Labels[labelKeys.snapshotBytes] ?? 0),
          title: image.Labels[labelKeys.snapshotTitle] ?? key,
          createdAt: createdAt.toISOString(),
          lastUsedAt: (used ?? createdAt).toISOString(),
        },
      ];
    });
    return (await Promise.all(infos)).flat();
  }

  async evict(bytes: number, { signal }: SandboxCallOptions): Promise<number> {
    return await this.#evict(bytes, { all: await this.list({ signal }), signal });
  }

  async remove(key: string, { signal }: SandboxCallOptions): Promise<boolean> {
    return await this.#remove(key, signal);
  }

  /** False when a container still uses it. */
  async #remove(key: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#docker.getImage(tagOf(key)).remove({ abortSignal: signal });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const status = statusOf(error);
      if (status === 404) return true;
      if (status === 409) return false;
      throw dockerError('Cannot remove a snapshot', error);
    }
  }

  async #tidy(sandbox: DockerSandbox, signal: AbortSignal): Promise<void> {
    const layout = layoutOf(sandbox.spec);
    const workspace = layout.kind === 'workspace' ? layout.workspace : '';
    const { home } = layoutOf({ ...sandbox.spec, profile: 'trial' });
    const user = [String(trialUser.uid), trialUser.name, home];
    const argv = ['sh', '-c', tidyScript, 'sh', workspace, storedWorkspace, ...user];
    const result = await sandbox.exec(argv, { cwd: '/', timeoutMs: tidyMs, signal });
    if (result.exitCode !== 0) {
      const said = Buffer.from(result.stderr).toString('utf8').trim();
      throw new Error(`cannot prepare a snapshot (${result.cause}): ${said}`);
    }
  }

  async #sizeOf(sandbox: DockerSandbox, signal: AbortSignal): Promise<number> {
    const filters = { id: [sandbox.id] };
    const [found] = await this.#docker.listContainers({
      all: true,
      size: true,
      filters,
      abortSignal: signal,
    });
    // The engine counts the writable layer when asked for sizes; its types do not know.
    const written = found !== undefined && 'SizeRw' in found ? found.SizeRw : 0;
    return typeof written === 'number' ? written : 0;
  }

  /** Removes as much of `all` as is asked for, least recently used first; never what is in use or was just handed out. */
  async #evict(
    bytes: number,
    { all, signal }: { readonly all: readonly SnapshotInfo[]; readonly signal: AbortSignal },
  ): Promise<number> {
    const resting = Date.now() - restMs;
    const candidates = all
      .filter(({ lastUsedAt }) => Date.parse(lastUsedAt) < resting)
      .sort((a, b) => a.lastUsedAt.localeCompare(b.lastUsedAt));
    let freed = 0;
    for (const { key, bytes: own, title } of candidates) {
      if (freed >= bytes) break;
      if (!(await this.#remove(key, signal))) continue;
      freed += own;
      this.#log('info', `snapshot ${title} was evicted (${own} bytes)`);
    }
    return freed;
  }

  async #touch(key: string): Promise<void> {
    const file = path.join(this.#folder, key);
    const now = new Date();
    try {
      await utimes(file, now, now);
    } catch {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(file, '');
    }
  }

  async #lastUsed(key: string): Promise<Date | null> {
    try {
      return (await stat(path.join(this.#folder, key))).mtime;
    } catch {
      return null;
    }
  }
}

function tagOf(key: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(key)) throw new Error(`bad snapshot key ${key}`);
  return `${repository}:${key}`;
}

/** A word of a Dockerfile instruction, where `$` would be a variable. */
function quoted(word: string): string {
  return JSON.stringify(word).replaceAll('$', '\\$');
}
