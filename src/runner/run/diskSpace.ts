import { stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { isNotFound } from '../store/files';

const GiB = 1024 ** 3;
const usualFree = { bytes: GiB, share: 0.05 } as const;
/** Fewer files than this can still be made: as good as full. */
const fewInodes = 500;

/** A disk that is written to, told by the folder that it was found through. */
export interface DiskSpace {
  readonly folder: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** It has room, but no more files can be made. */
  readonly isOutOfInodes: boolean;
}

/** The disks that these folders lie on, each once. A folder that is not there yet counts as the one that it will be in. */
export async function disksOf(folders: readonly string[]): Promise<readonly DiskSpace[]> {
  const disks = new Map<number, DiskSpace>();
  for (const asked of folders) {
    const found = await firstThere(asked);
    if (found === null || disks.has(found.dev)) continue;
    try {
      const { bavail, bsize, blocks, files, ffree } = await statfs(found.folder);
      disks.set(found.dev, {
        folder: asked,
        freeBytes: bavail * bsize,
        totalBytes: blocks * bsize,
        isOutOfInodes: files > 0 && ffree < Math.min(fewInodes, files / 100),
      });
    } catch {
      // One that cannot be looked at (another user's, another machine's) says nothing.
    }
  }
  return [...disks.values()];
}

async function firstThere(
  folder: string,
): Promise<{ readonly folder: string; readonly dev: number } | null> {
  try {
    return { folder, dev: (await stat(folder)).dev };
  } catch (error) {
    const parent = path.dirname(folder);
    return isNotFound(error) && parent !== folder ? await firstThere(parent) : null;
  }
}

/** What has to stay free on a disk. */
export function leastFree({ totalBytes }: DiskSpace, asked: number | undefined): number {
  return asked ?? Math.min(usualFree.bytes, totalBytes * usualFree.share);
}

/** `0.4 GB`, `12.0 MB`, `4.1 kB`, for people. */
export function sizeText(bytes: number): string {
  if (bytes >= 1e8) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e5 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;
}
