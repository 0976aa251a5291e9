import { createHash } from 'node:crypto';
import defaultDockerfile from '../../../docker/swebench-lite/Dockerfile';
import toolChainDockerfile from '../../../docker/judge/Dockerfile';
import learningDockerfile from '../../../docker/mle/Dockerfile';
import { RunnerError } from '../model';
import { withLock } from './buildOnce';
import type { BuiltInImage } from './builtInImages';
import { defaultImage, learningImage, toolChainImage } from './builtInImages';
import type { ImageEngine, LocalImage } from './dockerImages';
import type { ResolveImageOptions } from './imageBuild';
import { build, recipeLabel } from './imageBuild';
import type { BuildContext } from './imageContext';
import { textContext } from './imageContext';
import { builtInLock, findOffline, importOffline } from './imageOffline';
import type { ResolvedImage } from './sandbox';

/** What a built-in image is built from where a registry (or its base) can be had. */
interface Recipe {
  readonly context: BuildContext;
  readonly args: Readonly<Record<string, string>>;
  readonly digest: string;
}

/**
 * The image of a built-in environment: the one that is there, else built from its Dockerfile, else (where its base or
 * packages cannot be had) from Debian's packages, which the note then says.
 */
export async function builtInImage(
  engine: ImageEngine,
  image: BuiltInImage,
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  const recipe = await recipeOf(engine, image, options);
  const find = async (): Promise<ResolvedImage | null> => {
    const wanted = await current(engine, image.name, recipe.digest);
    if (wanted !== null) return { name: image.name, digest: wanted.id, note: null };
    return findOffline(engine, image, options);
  };
  const found = await find();
  if (found !== null) return found;
  const waiting = `Another process prepares ${image.name}; waiting for it.`;
  return withLock(builtInLock(image, options), { ...options, waiting }, async () => {
    return (await find()) ?? (await make(engine, image, { ...options, recipe }));
  });
}

/** What stands on top of the default image, whichever that is here, so that Python is the same in all of them. */
const additions = new Map([
  [toolChainImage, toolChainDockerfile],
  [learningImage, learningDockerfile],
]);

async function recipeOf(
  engine: ImageEngine,
  image: BuiltInImage,
  options: ResolveImageOptions,
): Promise<Recipe> {
  const addition = additions.get(image);
  if (addition === undefined) {
    const context = textContext(defaultDockerfile);
    return { context, args: {}, digest: context.digest };
  }
  const base = await builtInImage(engine, defaultImage, options);
  const context = textContext(addition);
  const args = { BASE: base.name, PACKAGES: image.packages.join(' ') };
  const digest = createHash('sha256')
    .update(JSON.stringify([context.digest, args.PACKAGES, base.digest]))
    .digest('hex');
  return { context, args, digest };
}

/** Ours by tag, unless an older Benchyard made it; an image that somebody else tagged so is taken as it is. */
async function current(
  engine: ImageEngine,
  name: string,
  recipe: string,
): Promise<LocalImage | null> {
  const image = await engine.inspect(name);
  const made = image?.labels[recipeLabel];
  return made === undefined || made === recipe ? image : null;
}

async function make(
  engine: ImageEngine,
  image: BuiltInImage,
  { recipe, ...options }: ResolveImageOptions & { readonly recipe: Recipe },
): Promise<ResolvedImage> {
  const { args, digest } = recipe;
  const request = { tag: image.name, args, target: null, recipe: digest };
  try {
    const made = await build(engine, recipe.context, { ...request, ...options });
    return { name: image.name, digest: made.id, note: null };
  } catch (error) {
    options.signal.throwIfAborted();
    if (RunnerError.is(error, 'disk-full')) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    options.host.log('info', reason);
    options.onProgress(`${reason}\nBuilding the offline environment instead.`);
  }
  return importOffline(engine, image, options);
}
