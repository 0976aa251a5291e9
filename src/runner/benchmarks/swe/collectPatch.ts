import { normalizePatch, parsePatch, pathOf } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Submission, TrialContext } from '../benchmark';
import collectScript from './sandboxed/collect_patch.sh';

/** What differs from `baseline` in an agent's working tree, as a patch; empty, with a note, when git cannot tell. */
export async function collectPatch(
  sandbox: Sandbox,
  trial: TrialContext & { readonly baseline: string },
): Promise<Submission> {
  const { baseline, limits, signal } = trial;
  const note = (text: string): void => {
    trial.note(text);
  };
  const exec = await sandbox.exec(['/bin/sh', '-c', collectScript, 'sh', baseline], {
    timeoutMs: limits.apply * 5000,
    outputLimitBytes: 64 * 1024 * 1024,
    signal,
  });
  if (exec.cause !== 'exited' || exec.exitCode !== 0) {
    note(
      `nothing could be collected: ${Buffer.from(exec.stderr).toString('utf8').trim() || exec.cause}`,
    );
    return { kind: 'text', text: '' };
  }
  return {
    kind: 'text',
    text: withoutNewBinaries(Buffer.from(exec.stdout).toString('utf8'), note),
  };
}

/** Agents leave databases, caches and archives behind; what they hand in is text. A changed binary stays, to be refused. */
function withoutNewBinaries(patch: string, note: (text: string) => void): string {
  const files = parsePatch(patch);
  const dropped = files.filter((file) => file.binary && file.oldPath === null);
  if (dropped.length === 0) return patch;
  note(`left new binary files out of the patch: ${dropped.map(pathOf).join(', ')}`);
  return files
    .filter((file) => !dropped.includes(file))
    .map((file) => normalizePatch(file.text))
    .join('');
}
