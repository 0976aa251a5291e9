import type { Host } from '../../host';
import { runProgram } from '../../program';
import type { Isolation } from './isolation';
import type { Features } from './launch';
import { seccompProgram } from './seccomp';

/** Replaces a folder of the lower layer by an empty one, which needs the overlay's own attributes to work. */
const overlayProbe = `set -eu
if [ "$1" = '' ]; then
  mount -t tmpfs none /tmp
  cd /tmp
else
  cd "$1"
fi
mkdir -p lower/folder upper work root
mount -t overlay -o "$2lowerdir=lower,upperdir=upper,workdir=work" none root
rmdir root/folder
mkdir root/folder
`;

/**
 * Why no overlay can be mounted whose upper layer lies in a folder (null: in memory), as the kernel says it. null: one can.
 *
 * @param folder empty, and not empty afterwards
 */
export async function overlayProblem(
  folder: string | null,
  { isolation, signal }: { readonly isolation: Isolation; readonly signal: AbortSignal },
): Promise<string | null> {
  const [program = '', ...args] = isolation.mountPrefix;
  const options = isolation.mode === 'root' ? '' : 'userxattr,';
  const script = ['sh', '-c', overlayProbe, 'sh', folder ?? '', options];
  const result = await runProgram(program, [...args, ...script], {
    cancelSignal: signal,
    reject: false,
  });
  signal.throwIfAborted();
  return result.failed ? result.stderr.trim() : null;
}

/** What this machine's bwrap and kernel can do. */
export async function findFeatures(
  host: Host,
  { isolation, signal }: { readonly isolation: Isolation; readonly signal: AbortSignal },
): Promise<Features> {
  const [problem, help] = await Promise.all([
    overlayProblem(null, { isolation, signal }),
    runProgram('bwrap', ['--help'], { cancelSignal: signal, reject: false }),
  ]);
  return {
    overlayOnTmpfs: problem === null,
    disableUserns: help.stdout.includes('--disable-userns'),
    seccomp: seccompProgram(host.arch) !== null,
  };
}
