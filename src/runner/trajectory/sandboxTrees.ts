import type { Host } from '../host';
import type { PreparedEnvironment } from '../run/environments';
import type { TreeRecorder } from '../run/stepRecorder';
import type { Sandbox } from '../sandbox/sandbox';
import type { TreeCache } from './treeCache';
import type { LookOptions, TreeEntry, TreeLook } from './treeLook';
import { lookAtTree } from './treeLook';
import type { TreeChange } from './treeStore';
import { blobId, TreeStore } from './treeStore';

export interface SandboxTreesOptions {
  readonly host: Host;
  /** Where the trial keeps its trees. */
  readonly gitDir: string;
  readonly cache: TreeCache;
  readonly environment: PreparedEnvironment;
  readonly sandbox: Sandbox;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A file as the last commit has it. */
interface KnownFile {
  readonly mode: string;
  readonly id: string;
  readonly stamp: string;
}

const baseLimits = { mostBytes: 512 * 1024 * 1024, timeoutMs: 60_000 } as const;
const stepLimits = { mostBytes: 64 * 1024 * 1024, timeoutMs: 10_000 } as const;

/** Times of files come from a clock that ticks some milliseconds behind the one that is asked. */
const tickNs = 50_000_000n;

/** A tree that cannot be recorded this often in a row is not tried again: an agent must not wait for it. */
const mostFailures = 3;

/**
 * Records the working tree of one sandbox, commit by commit, in a git directory on the host. Nothing in the sandbox is
 * relied on but the kernel's times and numbers of files, which an agent cannot set: its own `.git` may be anything.
 */
export class SandboxTrees implements TreeRecorder {
  readonly #options: SandboxTreesOptions;
  readonly #store: TreeStore;
  readonly #base: string;
  readonly #told = new Set<string>();
  /** Stamps of files whose content was not had, so that they are asked for once. */
  readonly #leftOut = new Map<string, string>();
  readonly #python: string;
  #files: ReadonlyMap<string, KnownFile>;
  #last: Pick<TreeLook, 'looked' | 'digest'>;
  #commit: string;
  #failures = 0;

  private constructor(
    options: SandboxTreesOptions,
    start: {
      readonly store: TreeStore;
      readonly commit: string;
      readonly files: ReadonlyMap<string, KnownFile>;
      readonly look: TreeLook;
    },
  ) {
    this.#options = options;
    this.#store = start.store;
    this.#base = start.commit;
    this.#commit = start.commit;
    this.#files = start.files;
    this.#python = start.look.python;
    this.#last = start.look;
    this.#tellLeftOut(start.look);
  }

  /** Takes the tree before the first step. null, with a note, when that cannot be done. */
  static async start(options: SandboxTreesOptions): Promise<SandboxTrees | null> {
    try {
      return await SandboxTrees.#start(options);
    } catch (error) {
      options.signal.throwIfAborted();
      options.note(`the working tree is not recorded: ${messageOf(error)}`);
      return null;
    }
  }

  static async #start(options: SandboxTreesOptions): Promise<SandboxTrees> {
    const { host, gitDir, cache, environment, sandbox, signal } = options;
    const limits = { ...baseLimits, python: 'python3', digest: '', signal };
    const look = await lookAtTree(sandbox, { since: 'none', ...limits });
    const entries = look.entries ?? new Map<string, TreeEntry>();
    const read = async (): Promise<TreeChange['written']> => {
      const all = await lookAtTree(sandbox, { since: 0n, ...limits });
      return [...(all.entries ?? [])].flatMap(([path, { mode }]) => {
        const content = all.contents.get(path);
        return content === undefined ? [] : [{ path, mode, content }];
      });
    };
    const store = new TreeStore(host, gitDir);
    const base = await cache.base(environment, read, { signal });
    await store.createFrom(base.store, base.commit);
    const files = new Map<string, KnownFile>();
    for (const [path, { mode, id }] of base.files)
      files.set(path, { mode, id, stamp: entries.get(path)?.stamp ?? '' });
    return new SandboxTrees(options, { store, commit: base.commit, files, look });
  }

  async commit(step: { readonly step: number; readonly summary: string }): Promise<string | null> {
    if (this.#failures >= mostFailures) return null;
    const { signal, note } = this.#options;
    try {
      const commit = await this.#record(`step ${String(step.step)}: ${step.summary}`);
      this.#failures = 0;
      return commit;
    } catch (error) {
      if (signal.aborted) return null;
      this.#failures += 1;
      const over = this.#failures < mostFailures ? '' : '; later ones are not tried';
      note(
        `the working tree after step ${String(step.step)} is not recorded: ${messageOf(error)}${over}`,
      );
      return null;
    }
  }

  /** Makes the trial's trees stand alone and small. To be called when no more steps follow. */
  async close(): Promise<void> {
    try {
      await this.#store.compact(this.#base, { signal: AbortSignal.timeout(60_000) });
    } catch (error) {
      // They are whole as they are, only larger.
      this.#options.host.log('warning', `trees were not compacted: ${messageOf(error)}`);
    }
  }

  async #record(message: string): Promise<string | null> {
    const { signal } = this.#options;
    const look = await this.#look();
    const { change, files } = changesOf(this.#files, look);
    const changed = change.removed.length > 0 || change.written.length > 0;
    if (changed) {
      const from = this.#commit;
      this.#commit = await this.#store.commit({ ...change, from, message }, { signal });
    }
    this.#files = files;
    this.#last = look;
    this.#tellLeftOut(look);
    return changed ? this.#commit : null;
  }

  /** Looks for what changed since the last time; what was moved here unchanged has to be asked for by name. */
  async #look(): Promise<TreeLook> {
    const options = {
      python: this.#python,
      since: this.#last.looked - tickNs,
      digest: this.#last.digest,
      ...stepLimits,
      signal: this.#options.signal,
    } satisfies LookOptions;
    const look = await lookAtTree(this.#options.sandbox, options);
    const unseen = [...(look.entries ?? [])].filter(
      ([path, { stamp }]) =>
        !look.contents.has(path) &&
        this.#files.get(path)?.stamp !== stamp &&
        this.#leftOut.get(path) !== stamp,
    );
    if (unseen.length === 0) return look;
    const wanted = unseen.map(([path]) => path);
    const again = await lookAtTree(this.#options.sandbox, { ...options, wanted });
    for (const [path, { stamp }] of unseen)
      if (!again.contents.has(path)) this.#leftOut.set(path, stamp);
    // The earlier time: what changed between the two looks is looked at again the next time.
    return { ...again, looked: look.looked };
  }

  #tellLeftOut({ leftOut }: TreeLook): void {
    const reasons = Object.entries({
      'larger than 5 MB': leftOut.large,
      'not readable': leftOut.unreadable,
      'more than what is recorded of one step': leftOut.excess,
    });
    for (const [why, paths] of reasons) {
      const fresh = paths.filter((path) => !this.#told.has(path));
      if (fresh.length === 0) continue;
      for (const path of fresh) this.#told.add(path);
      const names = fresh.slice(0, 5).map((path) => Buffer.from(path, 'latin1').toString('utf8'));
      const more = fresh.length > 5 ? ` and ${String(fresh.length - 5)} more` : '';
      this.#options.note(`left out of the recorded tree, being ${why}: ${names.join(', ')}${more}`);
    }
  }
}

/** What a look adds to what is known. */
function changesOf(
  known: ReadonlyMap<string, KnownFile>,
  { entries, contents, leftOut }: TreeLook,
): { readonly change: TreeChange; readonly files: ReadonlyMap<string, KnownFile> } {
  const files = new Map(known);
  // What is in a folder that cannot be read is still there.
  const hidden = (path: string): boolean =>
    leftOut.unreadable.some((folder) => folder === '' || path.startsWith(`${folder}/`));
  const removed =
    entries === null ? [] : [...known.keys()].filter((path) => !entries.has(path) && !hidden(path));
  for (const path of removed) files.delete(path);
  const written: { path: string; mode: string; content: Uint8Array }[] = [];
  for (const [path, content] of contents) {
    const before = known.get(path);
    const { mode, stamp } = entries?.get(path) ?? before ?? { mode: '100644', stamp: '' };
    const id = blobId(content);
    if (before?.id !== id || before.mode !== mode) written.push({ path, mode, content });
    files.set(path, { mode, id, stamp });
  }
  return { change: { removed, written }, files };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
