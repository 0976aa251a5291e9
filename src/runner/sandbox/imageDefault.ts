import { createReadStream } from 'node:fs';
import path from 'node:path';
import defaultDockerfile from '../../../docker/swebench-lite/Dockerfile';
import { RunnerError } from '../model';
import { withLock } from './buildOnce';
import type { ImageEngine, LocalImage } from './dockerImages';
import type { ResolveImageOptions } from './imageBuild';
import { build, inspectMade, recipeLabel } from './imageBuild';
import type { BuildContext } from './imageContext';
import { textContext } from './imageContext';
import { classifyPullFailure, pullError } from './imageErrors';
import { labelKeys } from './labels';
import { ensureOfflineRoot, offlineRecipe } from './offlineRoot';
import type { ResolvedImage } from './sandbox';

/** The image of tasks that name none. */
export const defaultImageName = 'swebench-lite:py3.10';

/** Ours by tag, unless an older Benchyard made it; an image that somebody else tagged so is taken as it is. */
async function current(
  engine: ImageEngine,
  name: string | null,
  recipe: string,
): Promise<LocalImage | null> {
  const image = name === null ? null : await engine.inspect(name);
  const made = image?.labels[recipeLabel];
  return made === undefined || made === recipe ? image : null;
}

/**
 * The image of our own: the one that is there, else built from its Dockerfile, else (where its base cannot be had) from
 * Debian's packages, which the note then says.
 */
export async function defaultImage(
  engine: ImageEngine,
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  const recipe = textContext(defaultDockerfile);
  const find = async (): Promise<ResolvedImage | null> => {
    const wanted = await current(engine, defaultImageName, recipe.digest);
    if (wanted !== null) return { name: defaultImageName, digest: wanted.id, note: null };
    return findOffline(engine, options);
  };
  const found = await find();
  if (found !== null) return found;
  const lock = path.join(options.host.cacheDir, 'locks', 'default-image');
  const waiting = `Another process prepares ${defaultImageName}; waiting for it.`;
  return withLock(lock, { ...options, waiting }, async () => {
    return (await find()) ?? (await makeDefault(engine, recipe, options));
  });
}

/** For people: what is in an image. */
const aboutLabel = 'benchyard.about';

function offlineNote(name: string, about: string): string {
  return `${defaultImageName} could not be had, so ${name} is used: ${about}.`;
}

/** The image that an earlier run built offline. */
async function findOffline(
  engine: ImageEngine,
  options: ResolveImageOptions,
): Promise<ResolvedImage | null> {
  const name = await engine.findByLabel('swebench-lite', recipeLabel, offlineRecipe(options.host));
  const image = name === null ? null : await engine.inspect(name);
  if (name === null || image === null) return null;
  const about = image.labels[aboutLabel] ?? 'built offline';
  return { name, digest: image.id, note: offlineNote(name, about) };
}

/** The image of the offline environment, made first when it is not there: Debian's bookworm, with its Python. */
export async function offlineImage(
  engine: ImageEngine,
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  const find = (): Promise<ResolvedImage | null> => findOffline(engine, options);
  const lock = path.join(options.host.cacheDir, 'locks', 'default-image');
  const waiting = 'Another process prepares the offline environment; waiting for it.';
  const make = async (): Promise<ResolvedImage> =>
    (await find()) ?? (await importOffline(engine, options));
  return (await find()) ?? (await withLock(lock, { ...options, waiting }, make));
}

async function makeDefault(
  engine: ImageEngine,
  recipe: BuildContext,
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  const request = { tag: defaultImageName, args: {}, target: null, recipe: recipe.digest };
  try {
    const image = await build(engine, recipe, { ...request, ...options });
    return { name: defaultImageName, digest: image.id, note: null };
  } catch (error) {
    options.signal.throwIfAborted();
    if (RunnerError.is(error, 'disk-full')) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    options.host.log('info', reason);
    options.onProgress(`${reason}\nBuilding the offline environment instead.`);
  }
  return importOffline(engine, options);
}

async function importOffline(
  engine: ImageEngine,
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  const root = await ensureOfflineRoot(options.host, options);
  options.onProgress(`Importing ${root.imageName} into the engine.`);
  const labels = {
    [labelKeys.marker]: '1',
    [labelKeys.kind]: 'image',
    [recipeLabel]: offlineRecipe(options.host),
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
  const tar = createReadStream(root.tarball);
  try {
    const call = { signal: options.signal, onMessage: () => undefined };
    await engine.importRoot(tar, { tag: root.imageName, changes }, call);
  } catch (error) {
    options.signal.throwIfAborted();
    throw pullError(root.imageName, classifyPullFailure(error), error);
  } finally {
    tar.destroy();
  }
  const image = await inspectMade(engine, root.imageName);
  return { name: root.imageName, digest: image.id, note: offlineNote(root.imageName, root.note) };
}
