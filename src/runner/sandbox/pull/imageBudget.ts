import { statfs } from 'node:fs/promises';
import type { Engine } from '../docker/connect';
import type { Host } from '../../host';
import type { ImageSettings } from '../sandbox';
import { bytesOf, ImageLedger } from './imageLedger';

/** Of the room that is free, what stays so: for snapshots, sandboxes and everybody else. */
const usableShare = 0.7;
/** Where the engine's disk cannot be looked at (it is on another machine, or in one of its own). */
const unseenBytes = 60e9;

/** The byte budget for pulled images: what the user allows, else a share of what is free on the engine's disk. */
export async function imageBudgetOf(
  { info, endpoint }: Engine,
  settings: ImageSettings | undefined,
  host: Host,
): Promise<number> {
  if (settings?.budgetBytes !== undefined) return settings.budgetBytes;
  if (!endpoint.uri.startsWith('unix://') || info.DockerRootDir === '') return unseenBytes;
  try {
    const { bavail, bsize } = await statfs(info.DockerRootDir);
    const { images } = await new ImageLedger(host, info.ID).read();
    return (bavail * bsize + bytesOf(Object.values(images))) * usableShare;
  } catch {
    return unseenBytes;
  }
}
