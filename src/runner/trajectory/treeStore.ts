import { createHash } from 'node:crypto';
import { link, mkdir, copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../host';
import { treeGit } from './treeGit';

/** Before the agent's first step. */
export const baseRef = 'refs/heads/base';
/** After its last. */
const stepsRef = 'refs/heads/steps';

/** What a commit does to the tree before it. Paths are bytes in latin-1. */
export interface TreeChange {
  readonly removed: readonly string[];
  readonly written: readonly {
    readonly path: string;
    readonly mode: string;
    readonly content: Uint8Array;
  }[];
}

interface StoreOptions {
  readonly signal: AbortSignal;
}

/** The object id that git gives a file's content. */
export function blobId(content: Uint8Array): string {
  return createHash('sha1')
    .update(`blob ${String(content.length)}\0`)
    .update(content)
    .digest('hex');
}

/** A bare git directory of our own making: nothing in it was written by what it holds. */
export class TreeStore {
  readonly gitDir: string;
  readonly #host: Host;

  constructor(host: Host, gitDir: string) {
    this.#host = host;
    this.gitDir = gitDir;
  }

  async create(): Promise<void> {
    await mkdir(path.join(this.gitDir, 'objects', 'pack'), { recursive: true });
    await mkdir(path.join(this.gitDir, 'refs', 'heads'), { recursive: true });
    await writeFile(path.join(this.gitDir, 'HEAD'), `ref: ${stepsRef}\n`);
    await writeFile(
      path.join(this.gitDir, 'config'),
      '[core]\n\trepositoryformatversion = 0\n\tbare = true\n',
    );
  }

  /** Makes the first commit of all files. @returns its id */
  async importBase(written: TreeChange['written'], { signal }: StoreOptions): Promise<string> {
    return await this.#import(
      { ref: baseRef, from: null, message: 'before the first step', removed: [], written },
      // One pack, which trials share by a link.
      { settings: ['fastimport.unpackLimit=1'], signal },
    );
  }

  /** Makes the trial's own directory from that of its base: the same files where the file system allows it. */
  async createFrom(base: TreeStore, commit: string): Promise<void> {
    await this.create();
    const packs = path.join('objects', 'pack');
    for (const name of await readdir(path.join(base.gitDir, packs))) {
      const from = path.join(base.gitDir, packs, name);
      const to = path.join(this.gitDir, packs, name);
      await link(from, to).catch(() => copyFile(from, to));
    }
    for (const ref of [baseRef, stepsRef])
      await writeFile(path.join(this.gitDir, ref), `${commit}\n`);
  }

  /** Modes and ids of all files of a commit. */
  async files(
    commit: string,
    { signal }: StoreOptions,
  ): Promise<ReadonlyMap<string, { readonly mode: string; readonly id: string }>> {
    const listing = await this.#git(['ls-tree', '-r', '-z', commit], { signal });
    const files = new Map<string, { mode: string; id: string }>();
    for (const record of listing.split('\0')) {
      const tab = record.indexOf('\t');
      const [mode = '', , id = ''] = record.slice(0, Math.max(0, tab)).split(' ');
      if (tab > 0) files.set(record.slice(tab + 1), { mode, id });
    }
    return files;
  }

  async baseCommit({ signal }: StoreOptions): Promise<string> {
    return (await this.#git(['rev-parse', '--verify', baseRef], { signal })).trim();
  }

  /** @returns the new commit's id */
  async commit(
    change: TreeChange & { readonly from: string; readonly message: string },
    { signal }: StoreOptions,
  ): Promise<string> {
    return await this.#import({ ref: stepsRef, ...change }, { settings: [], signal });
  }

  /**
   * Keeps of all objects those that any difference between commits is made of, in one pack. What no step changed is the
   * same in every tree and is not looked into.
   */
  async compact(base: string, { signal }: StoreOptions): Promise<void> {
    const raw = ['--raw', '-r', '-t', '--no-renames', '--no-abbrev'];
    const range = `${base}..${stepsRef}`;
    const log = await this.#git(['log', '--format=%H%n%T', ...raw, range], { signal });
    const tree = (await this.#git(['rev-parse', `${base}^{tree}`], { signal })).trim();
    const ids = new Set([base, tree]);
    for (const line of log.split('\n')) {
      const [, , before = '', after = ''] = line.startsWith(':') ? line.split(' ') : [];
      for (const id of [line, before, after])
        if (/^[0-9a-f]{40}$/.test(id) && !/^0+$/.test(id)) ids.add(id);
    }
    const objects = path.join(this.gitDir, 'objects');
    const earlier = await readdir(path.join(objects, 'pack'));
    const pack = ['pack-objects', '-q', path.join(objects, 'pack', 'pack')];
    const packed = await this.#git(pack, {
      settings: ['core.bigFileThreshold=1m'], // looks for differences between texts, not archives
      signal,
      input: [...ids].map((id) => `${id}\n`).join(''),
    });
    for (const name of earlier)
      if (!name.includes(packed.trim()))
        await rm(path.join(objects, 'pack', name), { force: true });
    for (const name of await readdir(objects))
      if (/^[0-9a-f]{2}$/.test(name)) await rm(path.join(objects, name), { recursive: true });
  }

  async #import(
    change: TreeChange & {
      readonly ref: string;
      readonly from: string | null;
      readonly message: string;
    },
    { settings, signal }: StoreOptions & { readonly settings: readonly string[] },
  ): Promise<string> {
    // Names that other systems read otherwise are names like any other here: nothing is ever checked out. What is written
    // need not outlive the machine, as little as the steps' own lines, and an agent waits for it.
    const commit = await this.#git(['fast-import', '--quiet', '--date-format=now'], {
      settings: [
        ...['core.protectNTFS=false', 'core.protectHFS=false'],
        ...['core.fsync=none', 'core.compression=1'],
        ...settings,
      ],
      signal,
      input: importStream(change),
    });
    return commit.trim();
  }

  /** @returns stdout, each byte a character of Latin-1 */
  async #git(
    args: readonly string[],
    {
      settings = [],
      ...options
    }: StoreOptions & {
      readonly settings?: readonly string[];
      readonly input?: string | Uint8Array;
    },
  ): Promise<string> {
    const all = [...settings.flatMap((setting) => ['-c', setting]), ...args];
    const output = await treeGit(this.#host, all, { gitDir: this.gitDir, ...options });
    return output.toString('latin1');
  }
}

function importStream({
  ref,
  from,
  message,
  removed,
  written,
}: TreeChange & {
  readonly ref: string;
  readonly from: string | null;
  readonly message: string;
}): Buffer {
  const parts: Uint8Array[] = [];
  const say = (line: string): void => {
    parts.push(Buffer.from(`${line}\n`, 'latin1'));
  };
  const data = (content: Uint8Array): void => {
    say(`data ${String(content.length)}`);
    parts.push(content);
    say('');
  };
  say(`commit ${ref}`);
  say('mark :1');
  say('committer Benchyard <benchyard@localhost> now');
  data(Buffer.from(message));
  if (from !== null) say(`from ${from}`);
  // First what goes: a file may become a folder, and a folder a file.
  for (const name of removed) say(`D ${quoted(name)}`);
  for (const { path: name, mode, content } of written) {
    say(`M ${mode} inline ${quoted(name)}`);
    data(content);
  }
  say('get-mark :1');
  return Buffer.concat(parts);
}

/** A name as fast-import reads any. */
function quoted(name: string): string {
  return `"${name.replace(/["\\\x00-\x1f\x7f-\xff]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;
}
