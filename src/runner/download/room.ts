import { statfs } from 'node:fs/promises';
import { RunnerError } from '../model';

const GB = 1e9;

/**
 * Rejects with `disk-full` when `folder`, which exists, has no room for so many bytes: told before they are fetched and
 * not when the disk is full.
 */
export async function requireRoom(
  folder: string,
  { bytes, what }: { readonly bytes: number; readonly what: string },
): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (bytes <= free) return;
  throw new RunnerError(
    'disk-full',
    `${what} needs ${inGb(bytes)} GB in ${folder}, where ${inGb(free)} GB are free. Free some space, or choose another folder.`,
  );
}

function inGb(bytes: number): string {
  return (bytes / GB).toFixed(1);
}
