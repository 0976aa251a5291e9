import { mkdir, readdir, rename, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { Host } from '../../host';
import { RunnerError } from '../../model/errors';
import { isNotFound, readJson, writeJson } from '../../store/files';
import { layoutOf, trialUser } from '../docker/containerConfig';
import type {
  Sandbox,
  SandboxCallOptions,
  SnapshotInfo,
  SnapshotRef,
  SnapshotStore,
} from '../sandbox';
import { BubblewrapSandbox } from './bubblewrapSandbox';
import type { Isolation } from './isolation';
import type { Layout } from './records';
import { allRecords, isAbandoned, removeTree, sizeOf } from './records';

const infoSchema = z.object({
  key: z.string(),
  title: z.string(),
  bytes: z.int(),
  createdAt: z.iso.datetime(),
  /** What it stands on, from the top down: a builder may start from a snapshot. */
  parents: z.array(z.string()),
});
type Info = z.infer<typeof infoSchema>;

const infoName = 'snapshot.json';
const removing = '.removing-';
/** Whoever was told of a snapshot gets this long to start from it before anybody evicts it. */
const restMs = 60_000;
const tidyMs = 120_000;

/** Run in the builder before it is kept. What caches and temporary folders hold is not worth keeping. */
const tidyScript = `set -e
rm -rf /tmp/* /tmp/.[!.]* /var/tmp/* /root/.cache
[ -z "$1" ] || chown -hR "$2:$2" "$1"
`;

export interface SnapshotContext {
  readonly host: Host;
  readonly layout: Layout;
  readonly isolation: Isolation;
  readonly budgetBytes: number;
}

/** Snapshots as folders: what a builder wrote on top of its root, which trials then have as a layer. */
export class BubblewrapSnapshots implements SnapshotStore {
  readonly #context: SnapshotContext;
  /** By key, which names the content: what a snapshot stands on is read once, and only whether it is there each time. */
  readonly #parents = new Map<string, readonly string[]>();

  constructor(context: SnapshotContext) {
    this.#context = context;
  }

  async find(key: string, { signal }: SandboxCallOptions): Promise<SnapshotRef | null> {
    signal.throwIfAborted();
    const parents = await this.#parentsOf(key);
    if (parents === null) return null;
    const now = new Date();
    for (const each of [key, ...parents]) {
      await utimes(path.join(this.#folder(each), infoName), now, now).catch(() => undefined);
    }
    return { key, id: this.#folder(key) };
  }

  async save(
    sandbox: Sandbox,
    { key, title }: { readonly key: string; readonly title: string },
    { signal }: SandboxCallOptions,
  ): Promise<SnapshotRef> {
    if (!(sandbox instanceof BubblewrapSandbox)) throw new Error('not a sandbox of this provider');
    const kept = await this.find(key, { signal });
    if (kept !== null) return kept;
    const { isolation } = this.#context;
    await tidy(sandbox, isolation, signal);
    await sandbox.stop();
    signal.throwIfAborted();
    const folder = path.join(sandbox.folder, 'snapshot');
    await mkdir(folder);
    await rename(path.join(sandbox.folder, 'upper'), path.join(folder, 'fs'));
    const info: Info = {
      key,
      title,
      bytes: await sizeOf(folder, isolation),
      createdAt: new Date().toISOString(),
      parents: [...sandbox.snapshots],
    };
    await writeJson(path.join(folder, infoName), info);
    try {
      await rename(folder, this.#folder(key));
    } catch (error) {
      // Another process was faster; equal keys mean equal content.
      if ((await this.#info(key)) === null) throw error;
    }
    const all = await this.list({ signal });
    const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
    const over = total - this.#context.budgetBytes;
    await this.#evict(over, { all: all.filter((one) => one.key !== key), signal });
    return { key, id: this.#folder(key) };
  }

  async list({ signal }: SandboxCallOptions): Promise<readonly SnapshotInfo[]> {
    signal.throwIfAborted();
    const names = await readdir(this.#context.layout.snapshots);
    const infos = names
      .filter((name) => !name.startsWith(removing))
      .map(async (key): Promise<readonly SnapshotInfo[]> => {
        const info = await this.#info(key);
        if (info === null) return [];
        const { mtime } = await stat(path.join(this.#folder(key), infoName));
        const { title, bytes, createdAt } = info;
        const id = this.#folder(key);
        return [{ key, id, title, bytes, createdAt, lastUsedAt: mtime.toISOString() }];
      });
    return (await Promise.all(infos)).flat();
  }

  async evict(bytes: number, { signal }: SandboxCallOptions): Promise<number> {
    return await this.#evict(bytes, { all: await this.list({ signal }), signal });
  }

  async remove(key: string, { signal }: SandboxCallOptions): Promise<boolean> {
    if ((await this.#inUse()).has(key)) return false;
    await this.#remove(key, signal);
    return true;
  }

  async #remove(key: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const folder = this.#folder(key);
    // Out of sight first: what is being removed must not be found.
    const hidden = path.join(path.dirname(folder), `${removing}${key}-${Date.now()}`);
    try {
      await rename(folder, hidden);
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    await removeTree(hidden, this.#context.isolation);
  }

  /** Layers of a sandbox that starts from a snapshot, from the top down; keys, whose files lie in `fs` of their folder. */
  async chain({ key }: SnapshotRef): Promise<readonly string[]> {
    const parents = await this.#parentsOf(key);
    if (parents !== null) return [key, ...parents];
    throw new RunnerError(
      'not-found',
      `The prepared environment ${key} was removed. Start the run again.`,
      { retryable: true },
    );
  }

  /** Finishes removals that a process did not live to finish. */
  async removeHidden(): Promise<void> {
    const { layout, isolation } = this.#context;
    for (const name of await readdir(layout.snapshots)) {
      if (name.startsWith(removing)) await removeTree(path.join(layout.snapshots, name), isolation);
    }
  }

  #folder(key: string): string {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(key))
      throw new Error(`bad snapshot key ${key}`);
    return path.join(this.#context.layout.snapshots, key);
  }

  /** null: it is not there (any more). */
  async #parentsOf(key: string): Promise<readonly string[] | null> {
    const known = this.#parents.get(key);
    if (known !== undefined) {
      const found = await stat(path.join(this.#folder(key), infoName)).catch(() => null);
      return found === null ? null : known;
    }
    const info = await this.#info(key);
    if (info !== null) this.#parents.set(key, info.parents);
    return info?.parents ?? null;
  }

  async #info(key: string): Promise<Info | null> {
    try {
      return await readJson(path.join(this.#folder(key), infoName), infoSchema);
    } catch (error) {
      if (RunnerError.is(error, 'not-found')) return null;
      throw error;
    }
  }

  /** Keys that must stay: living sandboxes stand on them, or other snapshots do. */
  async #inUse(): Promise<ReadonlySet<string>> {
    const { layout, host } = this.#context;
    const used = new Set<string>();
    for (const { folder, record } of await allRecords(layout)) {
      if (record === null || (await isAbandoned(folder, record, host))) continue;
      for (const key of record.snapshots) used.add(key);
    }
    for (const key of await readdir(layout.snapshots)) {
      if (key.startsWith(removing)) continue;
      for (const parent of (await this.#info(key))?.parents ?? []) used.add(parent);
    }
    return used;
  }

  /** Removes as much of `all` as is asked for, least recently used first; never what is in use or was just handed out. */
  async #evict(
    bytes: number,
    { all, signal }: { readonly all: readonly SnapshotInfo[]; readonly signal: AbortSignal },
  ): Promise<number> {
    if (bytes <= 0) return 0;
    const used = await this.#inUse();
    const resting = Date.now() - restMs;
    const candidates = all
      .filter(({ key, lastUsedAt }) => !used.has(key) && Date.parse(lastUsedAt) < resting)
      .sort((a, b) => a.lastUsedAt.localeCompare(b.lastUsedAt));
    let freed = 0;
    for (const { key, bytes: own, title } of candidates) {
      if (freed >= bytes) break;
      await this.#remove(key, signal);
      freed += own;
      this.#context.host.log('info', `snapshot ${title} was evicted (${own} bytes)`);
    }
    return freed;
  }
}

/** With a single id everything has one owner already. */
async function tidy(
  sandbox: BubblewrapSandbox,
  isolation: Isolation,
  signal: AbortSignal,
): Promise<void> {
  const layout = layoutOf(sandbox.spec);
  const folder = layout.kind === 'workspace' ? layout.workspace : sandbox.workdir;
  const given = isolation.mode === 'single' ? '' : folder;
  const argv = ['sh', '-c', tidyScript, 'sh', given, String(trialUser.uid)];
  const result = await sandbox.exec(argv, { cwd: '/', timeoutMs: tidyMs, signal });
  if (result.exitCode === 0) return;
  const said = Buffer.from(result.stderr).toString('utf8').trim();
  throw new Error(`cannot prepare a snapshot (${result.cause}): ${said}`);
}
