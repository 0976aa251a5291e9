import { stat } from 'node:fs/promises';
import { GitFailure } from '../git';
import type { Host } from '../host';
import { RunnerError } from '../model';
import type { PatchedFile, StepRange } from '../runner';
import { isNotFound } from '../store/files';
import { pathsOfTrial, readSteps } from './steps';
import { treeGit } from './treeGit';
import { baseRef, blobId } from './treeStore';

/** A file of a tree that differs from another tree's. null: it does not exist on that side. */
export interface ChangedFile {
  /** As bytes in latin-1: names need not be UTF-8. */
  readonly path: string;
  readonly before: Side | null;
  readonly after: Side | null;
}

export interface Side {
  readonly mode: string;
  readonly content: Buffer;
}

/** The kept trees of one trial. Needs nothing but its folder and git. */
export class TrialTrees {
  readonly #host: Host;
  readonly #gitDir: string;
  readonly #commits: ReadonlyMap<number, string>;
  readonly #base: string;

  private constructor(
    host: Host,
    gitDir: string,
    { base, commits }: { readonly base: string; readonly commits: ReadonlyMap<number, string> },
  ) {
    this.#host = host;
    this.#gitDir = gitDir;
    this.#commits = commits;
    this.#base = base;
  }

  /** null when the trial has no trees: its agent worked in no sandbox, or they could not be recorded. */
  static async open(
    host: Host,
    place: { readonly runDir: string; readonly trialId: string },
    signal: AbortSignal,
  ): Promise<TrialTrees | null> {
    const { trees } = pathsOfTrial(place.runDir, place.trialId);
    try {
      await stat(trees);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
    const commits = new Map<number, string>();
    for (const { step, tree } of await readSteps(place.runDir, place.trialId, {}))
      if (tree !== null) commits.set(step, tree);
    try {
      const options = { gitDir: trees, signal };
      const found = await treeGit(host, ['rev-parse', '--verify', baseRef], options);
      const base = found.toString('latin1').trim();
      return new TrialTrees(host, trees, { base, commits });
    } catch (error) {
      if (error instanceof GitFailure) return null; // it died before the first tree was whole
      throw error;
    }
  }

  /** The commit that holds the tree as it was after a step; 0: before the first. */
  commitAt(step: number): string {
    let commit = this.#base;
    for (const [at, id] of this.#commits) if (at <= step) commit = id;
    return commit;
  }

  /** Files that differ between two commits, in the order of their names. */
  async changed(
    from: string,
    to: string,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<readonly ChangedFile[]> {
    if (from === to) return [];
    const raw = await this.#git(['diff-tree', '-r', '-z', '--no-renames', from, to], { signal });
    const fields = raw.toString('latin1').split('\0');
    const found: { path: string; facts: readonly string[] }[] = [];
    for (let at = 0; at + 1 < fields.length; at += 2)
      found.push({ path: fields[at + 1] ?? '', facts: (fields[at] ?? '').slice(1).split(' ') });
    const contents = await this.#contents(
      found.flatMap(({ facts: [, , before = '', after = ''] }) => [before, after]),
      signal,
    );
    const side = (mode: string, id: string): Side | null => {
      const content = contents.get(id);
      return content === undefined ? null : { mode, content };
    };
    return found.map(({ path, facts: [oldMode = '', newMode = '', before = '', after = ''] }) => ({
      path,
      before: side(oldMode, before),
      after: side(newMode, after),
    }));
  }

  /** The step that wrote a line as it is in `commit`; null: it was there before the first. */
  async stepOfLine(
    commit: string,
    { path, line }: { readonly path: string; readonly line: number },
    { signal }: { readonly signal: AbortSignal },
  ): Promise<number | null> {
    const range = `${this.#base}..${commit}`;
    // What no step changed is the base's; the trial keeps no more of it than differences need.
    const touched = await this.#git(['rev-list', '-1', range, '--', path], { signal });
    if (touched.length === 0) return null;
    const blamed = await this.#git(
      ['blame', '--porcelain', '-L', `${String(line)},${String(line)}`, range, '--', path],
      { signal },
    );
    const id = blamed.toString('utf8').slice(0, 40);
    for (const [step, known] of this.#commits) if (known === id) return step;
    return null;
  }

  async #contents(
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Buffer>> {
    const wanted = [...new Set(ids)].filter((id) => !/^0+$/.test(id));
    const contents = new Map<string, Buffer>();
    if (wanted.length === 0) return contents;
    const output = await this.#git(['cat-file', '--batch'], {
      signal,
      input: wanted.map((id) => `${id}\n`).join(''),
    });
    for (let at = 0; at < output.length;) {
      const end = output.indexOf(0x0a, at);
      const [id = '', kind = '', size = ''] = output.toString('latin1', at, end).split(' ');
      if (kind !== 'blob') {
        at = end + 1;
        continue;
      }
      const start = end + 1;
      at = start + Number(size);
      contents.set(id, output.subarray(start, at));
      at += 1;
    }
    return contents;
  }

  #git(
    args: readonly string[],
    options: { readonly signal: AbortSignal; readonly input?: string },
  ): Promise<Buffer> {
    return treeGit(this.#host, args, { gitDir: this.#gitDir, ...options });
  }
}

/** Both sides of every file that changed in a range of steps. */
export async function stepFiles(
  host: Host,
  trial: { readonly runDir: string; readonly trialId: string },
  { from, to, signal }: StepRange & { readonly signal: AbortSignal },
): Promise<readonly PatchedFile[]> {
  const trees = await TrialTrees.open(host, trial, signal);
  if (trees === null) return [];
  const files = await trees.changed(trees.commitAt(from), trees.commitAt(to), { signal });
  return files.map(({ path, before, after }) => ({
    path: Buffer.from(path, 'latin1').toString('utf8'),
    base: shown(before),
    patched: shown(after),
  }));
}

/** A side as text; what is no text is told by its size and id, so that two of them differ. */
function shown(side: Side | null): string | null {
  if (side === null) return null;
  const { content } = side;
  if (!content.includes(0)) return content.toString('utf8');
  return `Binary file of ${String(content.length)} bytes (${blobId(content)})\n`;
}

/** The step that wrote a line of a file as it is after step `at`. */
export async function stepOfLine(
  host: Host,
  trial: { readonly runDir: string; readonly trialId: string },
  {
    path,
    line,
    at = Number.MAX_SAFE_INTEGER,
    signal,
  }: {
    readonly path: string;
    readonly line: number;
    readonly at?: number;
    readonly signal: AbortSignal;
  },
): Promise<number | null> {
  const trees = await TrialTrees.open(host, trial, signal);
  if (trees === null) return null;
  try {
    return await trees.stepOfLine(trees.commitAt(at), { path, line }, { signal });
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    throw new RunnerError('not-found', `There is no line ${String(line)} in ${path} then.`, {
      cause: error,
    });
  }
}
