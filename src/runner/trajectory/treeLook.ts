import * as z from 'zod';
import type { Sandbox } from '../sandbox/sandbox';
import lookScript from './sandboxed/look_at_tree.py';

/** One file of a working tree. Its `stamp` is another one whenever the file may be another one. */
export interface TreeEntry {
  readonly mode: string;
  readonly stamp: string;
}

/** What was seen of a working tree. Paths are bytes in latin-1: names need not be UTF-8. */
export interface TreeLook {
  /** Nanoseconds: when the look began. */
  readonly looked: bigint;
  readonly digest: string;
  /** null: the listing is the one that was known. */
  readonly entries: ReadonlyMap<string, TreeEntry> | null;
  readonly contents: ReadonlyMap<string, Buffer>;
  /** Files that are too large to be kept, and what could not be read. */
  readonly large: readonly string[];
  readonly unreadable: readonly string[];
}

export interface LookOptions {
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

const headSchema = z.object({
  looked: z.string().regex(/^\d+$/),
  digest: z.string(),
  entries: z.array(z.tuple([z.string(), z.string(), z.string()])).nullable(),
});
const fileSchema = z.tuple([z.string(), z.int().nonnegative()]);
const tailSchema = z.object({ large: z.array(z.string()), unreadable: z.array(z.string()) });

/** Later than any file was ever changed. */
const never = 2n ** 62n;

/**
 * Looks at the working tree from inside the sandbox, with one command. What it says is believed as far as it can be: it
 * comes from where an agent works, so every name is checked before it becomes one of git's.
 *
 * @throws LookFailure
 */
export async function lookAtTree(sandbox: Sandbox, options: LookOptions): Promise<TreeLook> {
  const { since, digest, wanted = [], mostBytes, timeoutMs, signal } = options;
  const time = String(since === 'none' ? never : since);
  const exec = await sandbox.exec(
    ['python3', '-IS', '-c', lookScript, time, digest, String(mostBytes)],
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

function parseLook(output: Buffer): TreeLook {
  let at = 0;
  const line = (): unknown => {
    const end = output.indexOf(0x0a, at);
    if (end < 0) throw new LookFailure('the answer is cut off');
    const value: unknown = JSON.parse(output.toString('latin1', at, end));
    at = end + 1;
    return value;
  };
  try {
    const head = headSchema.parse(line());
    const contents = new Map<string, Buffer>();
    for (;;) {
      const next = line();
      const file = fileSchema.safeParse(next);
      if (!file.success) {
        const { entries } = head;
        return {
          ...tailSchema.parse(next),
          looked: BigInt(head.looked),
          digest: head.digest,
          entries: entries === null ? null : entriesOf(entries),
          contents,
        };
      }
      const [path, size] = file.data;
      if (isTreePath(path)) contents.set(path, output.subarray(at, at + size));
      at += size;
    }
  } catch (error) {
    if (error instanceof LookFailure) throw error;
    throw new LookFailure(`the answer makes no sense: ${String(error)}`);
  }
}

function entriesOf(
  entries: readonly (readonly [string, string, string])[],
): ReadonlyMap<string, TreeEntry> {
  return new Map(
    entries
      .filter(([path, mode]) => isTreePath(path) && /^(100644|100755|120000)$/.test(mode))
      .map(([path, mode, stamp]) => [path, { mode, stamp }]),
  );
}

/** Whether a name may stand in a tree of git's. */
function isTreePath(path: string): boolean {
  return (
    path !== '' &&
    !path.includes('\0') &&
    path.split('/').every((part) => !['', '.', '..', '.git'].includes(part.toLowerCase()))
  );
}
