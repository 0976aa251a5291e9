import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { RunnerError } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';

/** What was taken out of a sandbox. */
export interface TakenOut {
  readonly files: number;
  readonly bytes: number;
  /** Of the files' names and contents. */
  readonly digest: string;
}

/**
 * Brings folders of any size out of a sandbox, a piece at a time. Everything becomes readable for all: sandboxes see it
 * as other users. Links and special files are left out, and no name leads outside.
 *
 * @throws `sandbox-lost` when the sandbox dies; what was written until then stays, so the target is a folder that may go
 */
export async function takeOut(
  sandbox: Sandbox,
  {
    from,
    folders,
    to,
  }: { readonly from: string; readonly folders: readonly string[]; readonly to: string },
  { signal }: { readonly signal: AbortSignal },
): Promise<TakenOut> {
  await readable(to);
  await using archiver = await sandbox.start(['tar', '-C', from, '-cf', '-', '--', ...folders], {
    signal,
  });
  archiver.stdio.end();
  const entries = extract();
  // Both at once: an entry that nobody waits for stops the archive.
  const [, unpacked] = await Promise.all([
    pipeline(archiver.stdio, entries, { signal }),
    unpack(entries, to, signal),
  ]);
  const ended = await archiver.ended;
  if (ended.exitCode !== 0) {
    const said = Buffer.from(ended.stderr).toString('utf8').trim();
    throw new RunnerError('sandbox-lost', `Data could not be taken out of a sandbox: ${said}`);
  }
  return unpacked;
}

async function unpack(
  entries: ReturnType<typeof extract>,
  to: string,
  signal: AbortSignal,
): Promise<TakenOut> {
  const sums: string[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    const { name, type } = entry.header;
    const target = path.resolve(to, name);
    const inside = target.startsWith(path.resolve(to) + path.sep);
    if (inside && type === 'file') {
      await readable(path.dirname(target));
      const hash = createHash('sha256');
      const counted = new PassThrough();
      counted.on('data', (chunk: Buffer) => {
        hash.update(chunk);
        bytes += chunk.length;
      });
      await pipeline(entry, counted, createWriteStream(target), { signal });
      await chmod(target, 0o644);
      sums.push(`${name}\0${hash.digest('hex')}`);
    } else {
      entry.resume();
      if (inside && type === 'directory') await readable(target);
    }
  }
  const digest = createHash('sha256').update(sums.sort().join('\n')).digest('hex');
  return { files: sums.length, bytes, digest };
}

async function readable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
}
