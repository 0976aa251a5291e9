import path from 'node:path';
import type { Host } from '../host';
import type { EnvironmentSource } from '../model';
import { readDevcontainer } from './devcontainer';
import { builtInImageOf, defaultImage } from './builtInImages';
import type { DockerClient, ImageEngine } from './dockerImages';
import { imageEngine } from './dockerImages';
import { builtImage, foreignNote } from './imageBuild';
import { builtInImage } from './imageDefault';
import type { ImageMirrors } from './pull/imageName';
import { mirrored } from './pull/imageName';
import type { PullScheduler } from './pull/pullScheduler';
import { pythonBase } from './pythonBase';
import type { ImageRequestOptions, ResolvedImage } from './sandbox';

export interface DockerImageOptions extends ImageRequestOptions {
  readonly host: Host;
  readonly scheduler: PullScheduler;
  readonly mirrors: ImageMirrors;
}

/**
 * Finds, pulls or builds the image of an environment, with progress in words.
 *
 * @throws `image-unavailable` with the engine's reason; `unsupported-environment` for what a sandbox cannot honour
 */
export async function resolveDockerImage(
  docker: DockerClient,
  source: EnvironmentSource | null,
  options: DockerImageOptions,
): Promise<ResolvedImage> {
  try {
    const image = await resolve(imageEngine(docker), source, options);
    options.signal.throwIfAborted();
    return image;
  } catch (error) {
    // Whatever a cancelled call failed of, cancelling was its cause.
    options.signal.throwIfAborted();
    throw error;
  }
}

async function resolve(
  engine: ImageEngine,
  source: EnvironmentSource | null,
  options: DockerImageOptions,
): Promise<ResolvedImage> {
  const builtIn = builtInImageOf(source);
  if (source === null || builtIn !== null) {
    return builtInImage(engine, builtIn ?? defaultImage, options);
  }
  switch (source.kind) {
    case 'image':
      return namedImage(source.image, options);
    case 'dockerfile': {
      const context = source.context ?? path.dirname(source.dockerfile);
      const build = { dockerfile: source.dockerfile, context, args: {}, target: null };
      return builtImage(engine, build, options);
    }
    case 'spec':
      return pythonBase(engine, source.spec, options);
    case 'devcontainer': {
      const described = await readDevcontainer(source.devcontainer, options);
      const image =
        described.source.kind === 'image'
          ? await namedImage(described.source.image, options)
          : await builtImage(engine, described.source, options);
      const notes = [...(image.note === null ? [] : [image.note]), ...described.notes];
      return { ...image, note: notes.length === 0 ? null : notes.join(' ') };
    }
  }
}

/** Without a tag an engine would pull every tag. */
function withTag(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return /[:@]/.test(last) ? name : `${name}:latest`;
}

async function namedImage(asked: string, options: DockerImageOptions): Promise<ResolvedImage> {
  const name = withTag(asked);
  const standIn = mirrored(name, options.mirrors);
  const { scheduler, host } = options;
  // One that the user has under its own name is used as it is.
  for (const known of new Set([name, standIn])) {
    const image = await scheduler.find(known, options);
    if (image !== null)
      return { name: known, digest: image.id, note: foreignNote(known, image, host) };
  }
  const { image, note } = await scheduler.pull(standIn, options);
  return { name: standIn, digest: image.id, note };
}
