import type Docker from 'dockerode';
import type { Host } from '../../host';
import type { EnvironmentSource } from '../../model';
import { RunnerError } from '../../model/errors';
import type { ProgressOptions, ResolvedImage } from '../sandbox';

/** An image that is in the engine already, by name. */
export async function resolveImage(
  docker: Docker,
  source: EnvironmentSource | null,
  { signal }: ProgressOptions & { readonly host: Host },
): Promise<ResolvedImage> {
  const name = source?.kind === 'image' ? source.image : 'benchyard-dev-base:py3.11';
  signal.throwIfAborted();
  try {
    const { Id } = await docker.getImage(name).inspect();
    return { name, digest: Id, note: null };
  } catch (error) {
    throw new RunnerError('image-unavailable', `No image ${name}.`, { cause: error });
  }
}
