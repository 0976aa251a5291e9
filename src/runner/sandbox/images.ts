import path from 'node:path';
import type { EnvironmentSource } from '../model';
import { readDevcontainer } from './devcontainer';
import type { DockerClient, ImageEngine } from './dockerImages';
import { imageEngine } from './dockerImages';
import type { ResolveImageOptions } from './imageBuild';
import { builtImage, foreignNote, inspectMade, retried } from './imageBuild';
import { defaultImage, defaultImageName } from './imageDefault';
import { classifyPullFailure, pullError } from './imageErrors';
import { pullReporter } from './imageProgress';
import { pythonBase } from './pythonBase';
import type { ResolvedImage } from './sandbox';

/**
 * Finds, pulls or builds the image of an environment, with progress in words.
 *
 * @throws `image-unavailable` with the engine's reason; `unsupported-environment` for what a sandbox cannot honour
 */
export async function resolveDockerImage(
  docker: DockerClient,
  source: EnvironmentSource | null,
  options: ResolveImageOptions,
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
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  if (source === null) return defaultImage(engine, options);
  switch (source.kind) {
    case 'image':
      return source.image === defaultImageName
        ? defaultImage(engine, options)
        : namedImage(engine, source.image, options);
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
          ? await namedImage(engine, described.source.image, options)
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

async function namedImage(
  engine: ImageEngine,
  asked: string,
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  const name = withTag(asked);
  const local = await engine.inspect(name);
  const note = local === null ? await pull(engine, name, options) : null;
  const image = local ?? (await inspectMade(engine, name));
  return { name, digest: image.id, note: note ?? foreignNote(name, image, options.host) };
}

/** Returns what has to be said about the image that was pulled. */
async function pull(
  engine: ImageEngine,
  name: string,
  options: ResolveImageOptions,
): Promise<string | null> {
  options.onProgress(`Pulling ${name}.`);
  const attempt = async (platform?: string): Promise<void> => {
    const onMessage = pullReporter(name, options.onProgress);
    const call = { signal: options.signal, onMessage };
    await engine.pull(name, platform === undefined ? call : { ...call, platform });
  };
  try {
    await retried(name, () => attempt(), options);
    return null;
  } catch (error) {
    const failure = classifyPullFailure(error);
    if (failure.kind !== 'platform' || options.host.arch !== 'arm64') {
      throw pullError(name, failure, error);
    }
  }
  try {
    await retried(name, () => attempt('linux/amd64'), options);
  } catch (error) {
    throw pullError(name, classifyPullFailure(error), error);
  }
  return `${name} exists for linux/amd64 only; on this machine it runs emulated, which is slow.`;
}
