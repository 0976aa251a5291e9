import type Docker from 'dockerode';
import type { Host } from '../../host';
import { isDead, labelKeys, parseOwner } from '../labels';
import type { ReapReport, SandboxCallOptions, SandboxLeftover } from '../sandbox';
import { keptPrefix, removeContainer } from './dockerSandbox';
import { dockerError, statusOf } from './errors';

const ours = { label: [`${labelKeys.marker}=1`] };
/** A container that somebody else starts of an image of ours inherits the image's labels, but is not of this kind. */
const sandboxes = { label: [...ours.label, `${labelKeys.kind}=sandbox`] };

/** Every sandbox, whoever it belongs to and whether it runs or not. */
async function containers(
  docker: Docker,
  signal: AbortSignal,
  size = false,
): Promise<Docker.ContainerInfo[]> {
  try {
    return await docker.listContainers({
      all: true,
      size,
      filters: sandboxes,
      abortSignal: signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw dockerError('Cannot list sandbox containers', error);
  }
}

/** An image gets its name a moment after it was made. */
const namelessMs = 10 * 60_000;

/** Images of ours that lost their name, when another process saved the same snapshot or built the same image. */
async function namelessImages(docker: Docker, signal: AbortSignal): Promise<Docker.ImageInfo[]> {
  const filters = { ...ours, dangling: ['true'] };
  const images = await docker.listImages({ filters, abortSignal: signal });
  return images.filter(({ Created }) => Created * 1000 < Date.now() - namelessMs);
}

/**
 * Removes containers whose process on this machine has ended, and images that lost their name. Containers of other
 * machines, kept ones, and whatever has no label of ours stay as they are.
 */
export async function reap(
  docker: Docker,
  host: Host,
  { signal }: SandboxCallOptions,
): Promise<ReapReport> {
  const removed: SandboxLeftover[] = [];
  for (const container of await containers(docker, signal)) {
    const owner = parseOwner(container.Labels[labelKeys.owner]);
    if (owner === null || isKept(container) || !isDead(owner, host)) continue;
    signal.throwIfAborted();
    await removeContainer(docker.getContainer(container.Id));
    removed.push(describe(container, false));
  }
  for (const image of await namelessImages(docker, signal)) {
    signal.throwIfAborted();
    const leftover = { kind: 'image', id: image.Id, bytes: image.Size, inUse: false } as const;
    if (await removeImage(docker, image.Id)) removed.push(leftover);
  }
  return { removed };
}

/** All that `clean` may remove but snapshots, which have a store of their own. */
export async function leftovers(
  docker: Docker,
  host: Host,
  { signal }: SandboxCallOptions,
): Promise<readonly SandboxLeftover[]> {
  const found: SandboxLeftover[] = [];
  for (const container of await containers(docker, signal, true)) {
    const owner = parseOwner(container.Labels[labelKeys.owner]);
    const inUse = owner !== null && !isKept(container) && !isDead(owner, host);
    found.push(describe(container, inUse));
  }
  for (const image of await docker.listImages({ filters: ours, abortSignal: signal })) {
    if (image.Labels[labelKeys.kind] === 'snapshot') continue;
    const id = image.RepoTags?.find((name) => name !== '<none>:<none>') ?? image.Id;
    found.push({ kind: 'image', id, bytes: image.Size, inUse: image.Containers > 0 });
  }
  const { Volumes } = await docker.listVolumes({ filters: ours, abortSignal: signal });
  for (const volume of (Volumes as typeof Volumes | null) ?? [])
    found.push({
      kind: 'volume',
      id: volume.Name,
      bytes: volume.UsageData?.Size ?? 0,
      inUse: false,
    });
  return found;
}

export async function removeLeftover(docker: Docker, { kind, id }: SandboxLeftover): Promise<void> {
  if (kind === 'container') await removeContainer(docker.getContainer(id));
  else if (kind === 'volume') await docker.getVolume(id).remove();
  else if (kind === 'image' && !(await removeImage(docker, id))) {
    throw new Error(`image ${id} is used by a container`);
  }
}

/** False when a container uses it. */
async function removeImage(docker: Docker, id: string): Promise<boolean> {
  try {
    await docker.getImage(id).remove();
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return true;
    if (status === 409) return false;
    throw dockerError('Cannot remove an image', error);
  }
}

function isKept(container: Docker.ContainerInfo): boolean {
  return container.Names.some((name) => name.replace(/^\//, '').startsWith(keptPrefix));
}

function describe(container: Docker.ContainerInfo, inUse: boolean): SandboxLeftover {
  // The engine counts what was written when it is asked for sizes; its types do not know.
  const written = 'SizeRw' in container ? container.SizeRw : 0;
  const bytes = typeof written === 'number' ? written : 0;
  return { kind: 'container', id: container.Id, inUse, bytes };
}
