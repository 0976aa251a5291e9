import path from 'node:path';
import { withLock } from './buildOnce';
import type { BuiltInImage } from './builtInImages';
import type { ImageEngine } from './dockerImages';
import type { ResolveImageOptions } from './imageBuild';
import { inspectMade, recipeLabel } from './imageBuild';
import { classifyPullFailure, pullError } from './imageErrors';
import { labelKeys } from './labels';
import { ensureOfflineRoot, offlineRecipe } from './offlineRoot';
import type { ResolvedImage } from './sandbox';
import { openToRead } from '../store/files';

/** For people: what is in an image. */
const aboutLabel = 'benchyard.about';

/** Where the image of a built-in environment is made; one process at a time. */
export function builtInLock({ repository }: BuiltInImage, options: ResolveImageOptions): string {
  return path.join(options.host.cacheDir, 'locks', `image-${repository}`);
}

/** The engine's image of a built-in environment, as it is built from Debian's packages alone; made first when it is not there. */
export async function offlineImage(
  engine: ImageEngine,
  image: BuiltInImage,
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  const find = (): Promise<ResolvedImage | null> => findOffline(engine, image, options);
  const waiting = 'Another process prepares the offline environment; waiting for it.';
  const make = async (): Promise<ResolvedImage> =>
    (await find()) ?? (await importOffline(engine, image, options));
  return (
    (await find()) ?? (await withLock(builtInLock(image, options), { ...options, waiting }, make))
  );
}

/** The image that an earlier run built offline. */
export async function findOffline(
  engine: ImageEngine,
  image: BuiltInImage,
  options: ResolveImageOptions,
): Promise<ResolvedImage | null> {
  const recipe = offlineRecipe(options.host, image);
  const name = await engine.findByLabel(image.repository, recipeLabel, recipe);
  const found = name === null ? null : await engine.inspect(name);
  if (name === null || found === null) return null;
  const about = found.labels[aboutLabel] ?? 'built offline';
  return { name, digest: found.id, note: offlineNote(image, name, about) };
}

function offlineNote(image: BuiltInImage, name: string, about: string): string {
  return `${image.name} could not be had, so ${name} is used: ${about}.`;
}

export async function importOffline(
  engine: ImageEngine,
  image: BuiltInImage,
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  const root = await ensureOfflineRoot(options.host, image, options);
  options.onProgress(`Importing ${root.imageName} into the engine.`);
  const labels = {
    [labelKeys.marker]: '1',
    [labelKeys.kind]: 'image',
    [recipeLabel]: offlineRecipe(options.host, image),
    [aboutLabel]: root.note,
  };
  const changes = [
    ...Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`),
    'ENV LANG=C.UTF-8',
    'ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore',
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'WORKDIR /workspace',
    'CMD ["bash"]',
  ];
  const tar = await openToRead(root.tarball);
  try {
    const call = { signal: options.signal, onMessage: () => undefined };
    await engine.importRoot(tar, { tag: root.imageName, changes }, call);
  } catch (error) {
    options.signal.throwIfAborted();
    throw pullError(root.imageName, classifyPullFailure(error), error);
  } finally {
    tar.destroy();
  }
  const made = await inspectMade(engine, root.imageName);
  const note = offlineNote(image, root.imageName, root.note);
  return { name: root.imageName, digest: made.id, note };
}
