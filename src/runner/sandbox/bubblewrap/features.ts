import type { Host } from '../../host';
import { RunnerError } from '../../model/errors';
import { runProgram } from '../../program';
import type { Isolation } from './isolation';
import type { Features } from './launch';
import { seccompProgram } from './seccomp';

/** Replaces a folder of the lower layer by an empty one, which needs the overlay's own attributes to work. */
const overlayProbe = `set -eu
mount -t tmpfs none /tmp
mkdir -p /tmp/lower/folder
if [ "$1" = memory ]; then upper=/tmp/upper; else upper=$2; fi
mkdir -p "$upper/files" "$upper/work" /tmp/root
mount -t overlay -o "$3lowerdir=/tmp/lower,upperdir=$upper/files,workdir=$upper/work" none /tmp/root
rmdir /tmp/root/folder
mkdir /tmp/root/folder
`;

/**
 * What this machine's bwrap and kernel can do. `folder` is an empty one on the disk of the cache.
 *
 * @throws `no-sandbox` when the kernel has no overlays for this user
 */
export async function findFeatures(
  host: Host,
  {
    isolation,
    folder,
    signal,
  }: { readonly isolation: Isolation; readonly folder: string; readonly signal: AbortSignal },
): Promise<Features> {
  const overlay = async (place: 'memory' | 'disk'): Promise<string | null> => {
    const [program = '', ...args] = isolation.mountPrefix;
    const options = isolation.mode === 'root' ? '' : 'userxattr,';
    const script = ['sh', '-c', overlayProbe, 'sh', place, folder, options];
    const result = await runProgram(program, [...args, ...script], {
      cancelSignal: signal,
      reject: false,
    });
    signal.throwIfAborted();
    return result.failed ? result.stderr.trim() : null;
  };
  const overlayOnTmpfs = (await overlay('memory')) === null;
  const problem = overlayOnTmpfs ? null : await overlay('disk');
  if (problem !== null) {
    throw new RunnerError(
      'no-sandbox',
      `bubblewrap sandboxes need overlays, which this kernel does not give this user (${problem}). Linux 5.11 or later is needed, and a cache folder on a local disk (BENCHYARD_CACHE).`,
    );
  }
  const help = await runProgram('bwrap', ['--help'], { cancelSignal: signal, reject: false });
  return {
    overlayOnTmpfs,
    disableUserns: help.stdout.includes('--disable-userns'),
    seccomp: seccompProgram(host.arch) !== null,
  };
}
