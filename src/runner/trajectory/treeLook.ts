import type { Sandbox } from '../sandbox/sandbox';
import lookScript from './sandboxed/look_at_tree.py';

/** One file of a working tree. Its `stamp` is another one whenever the file may be another one. */
export interface TreeEntry {
  readonly mode: string;
  readonly stamp: string;
}

/** What was seen of a working tree. Paths are bytes in latin-1: names need not be UTF-8. */
export interface TreeLook {
  /** The Python that was asked, by its full path. */
  readonly python: string;
  /** Nanoseconds: when the look began. */
  readonly looked: bigint;
  readonly digest: string;
  /** null: the listing is the one that was known. */
  readonly entries: ReadonlyMap<string, TreeEntry> | null;
  readonly contents: ReadonlyMap<string, Buffer>;
  readonly leftOut: LeftOut;
}

/** Files that are too large, files and folders that cannot be read, and files beyond what is taken at once. */
export type LeftOut = Readonly<Record<LeftOutReason, readonly string[]>>;
export type LeftOutReason = 'large' | 'unreadable' | 'excess';

export interface LookOptions {
  /** Once an agent works, the name alone could lead to a program of its own. */
  readonly python: string;
  /** Contents are wanted of files that changed at or after this time (ns); `none` for no file. */
  readonly since: bigint | 'none';
  /** Digest of the last listing. */
  readonly digest: string;
  /** Contents that are wanted in any case. */
  readonly wanted?: readonly string[];
  readonly mostBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A tree that cannot be looked at: too large, too slow, or what came back makes no sense. */
export class LookFailure extends Error {}

/** Later than any file was ever changed. */
const never = 2n ** 62n;

/**
 * Looks at the working tree from inside the sandbox, with one command. What it says is believed as far as it can be: it
 * comes from where an agent works, so every name is checked before it becomes one of git's.
 *
 * @throws LookFailure
 */
export async function lookAtTree(sandbox: Sandbox, options: LookOptions): Promise<TreeLook> {
  const { python, since, digest, wanted = [], mostBytes, timeoutMs, signal } = options;
  const time = String(since === 'none' ? never : since);
  const exec = await sandbox.exec(
    [python, '-IS', '-c', lookScript, time, digest, String(mostBytes)],
    {
      stdin: Buffer.from(wanted.join('\0'), 'latin1'),
      timeoutMs,
      outputLimitBytes: mostBytes + 256 * 1024 * 1024,
      floodLimitBytes: mostBytes + 256 * 1024 * 1024,
      signal,
    },
  );
  if (exec.cause !== 'exited' || exec.exitCode !== 0) {
    const said = Buffer.from(exec.stderr).toString('utf8').trim().split('\n').pop() ?? '';
    throw new LookFailure(exec.cause === 'exited' ? said : exec.cause);
  }
  return parseLook(Buffer.from(exec.stdout));
}

/** Reads what the script prints. An answer that does not fit is refused as a whole. */
class Answer {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The next field, each byte a character of Latin-1. */
  field(pattern = /^/): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const field = this.#bytes.toString('latin1', this.#at, Math.max(end, this.#at));
    if (end < 0 || !pattern.test(field)) throw new LookFailure('the answer makes no sense');
    this.#at = end + 1;
    return field;
  }

  content(size: number): Buffer {
    const content = this.#bytes.subarray(this.#at, this.#at + size);
    if (content.length < size) throw new LookFailure('the answer is cut off');
    this.#at += size;
    return content;
  }
}

/** @throws LookFailure */
export function parseLook(output: Buffer): TreeLook {
  const answer = new Answer(output);
  const python = answer.field(/^\//);
  const looked = BigInt(answer.field(/^\d{1,19}$/));
  const digest = answer.field(/^[0-9a-f]{64}$/);
  const entries = answer.field(/^(same|listing)$/) === 'same' ? null : readEntries(answer);
  const contents = new Map<string, Buffer>();
  for (let path = answer.field(); path !== ''; path = answer.field()) {
    const content = answer.content(Number(answer.field(/^\d{1,9}$/)));
    if (isTreePath(path)) contents.set(path, content);
  }
  const leftOut: Record<LeftOutReason, string[]> = { large: [], unreadable: [], excess: [] };
  while (!answer.ended) {
    const reason = answer.field();
    if (!isReason(reason)) throw new LookFailure('the answer makes no sense');
    leftOut[reason].push(answer.field());
  }
  return { python, looked, digest, entries, contents, leftOut };
}

function isReason(text: string): text is LeftOutReason {
  return text === 'large' || text === 'unreadable' || text === 'excess';
}

function readEntries(answer: Answer): ReadonlyMap<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  for (let path = answer.field(); path !== ''; path = answer.field()) {
    const mode = answer.field(/^(100644|100755|120000)$/);
    const stamp = answer.field();
    if (isTreePath(path)) entries.set(path, { mode, stamp });
  }
  return entries;
}

/** Whether a name may stand in a tree of git's. */
function isTreePath(path: string): boolean {
  return (
    path !== '' &&
    path.split('/').every((part) => !['', '.', '..', '.git'].includes(part.toLowerCase()))
  );
}
