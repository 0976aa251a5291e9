import { createHash } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from '../host';
import { RunnerError } from '../model';
import { withLock } from './buildOnce';
import type { ImageEngine, LocalImage } from './dockerImages';
import type { BuildContext } from './imageContext';
import { folderContext } from './imageContext';
import { classifyPullFailure } from './imageErrors';
import { BuildLog } from './imageProgress';
import { labelKeys } from './labels';
import { emulatedNote } from './pull/emulation';
import type { ProgressOptions, ResolvedImage } from './sandbox';

export interface ResolveImageOptions extends ProgressOptions {
  readonly host: Host;
  /** Pauses before a busy registry is asked again. */
  readonly retryDelaysMs?: readonly number[];
}

/** What an image of ours was made of, so that a newer Benchyard makes a newer one. */
export const recipeLabel = 'benchyard.recipe';
const defaultRetryDelaysMs = [1000, 4000, 15_000] as const;

export interface BuildSource {
  readonly dockerfile: string;
  readonly context: string;
  readonly args: Readonly<Record<string, string>>;
  readonly target: string | null;
}

/** Builds a Dockerfile once for each content of its context. */
export async function builtImage(
  engine: ImageEngine,
  source: BuildSource,
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  const context = await folderContext(source.context, source.dockerfile, options);
  const recipe = createHash('sha256')
    .update(JSON.stringify([context.digest, source.args, source.target]))
    .digest('hex');
  const tag = `benchyard-built:${recipe.slice(0, 16)}`;
  const find = async (): Promise<LocalImage | null> => engine.inspect(tag);
  const lock = path.join(options.host.cacheDir, 'locks', recipe.slice(0, 16));
  const waiting = `Another process builds ${source.dockerfile}; waiting for it.`;
  const image =
    (await find()) ??
    (await withLock(lock, { ...options, waiting }, async () => {
      return (
        (await find()) ?? (await build(engine, context, { ...source, ...options, tag, recipe }))
      );
    }));
  return { name: tag, digest: image.id, note: foreignNote(source.dockerfile, image, options.host) };
}

export type BuildOptions = ResolveImageOptions & {
  readonly tag: string;
  readonly recipe: string;
  readonly args: Readonly<Record<string, string>>;
  readonly target: string | null;
  /** Beside those that every image of ours has. */
  readonly labels?: Readonly<Record<string, string>>;
};

/** Builds an image. A failure names the step and shows the end of its output. */
export async function build(
  engine: ImageEngine,
  context: BuildContext,
  options: BuildOptions,
): Promise<LocalImage> {
  const { tag, recipe, signal, target } = options;
  options.onProgress(`Building ${tag}.`);
  const log = new BuildLog(options.onProgress);
  const args = { ...proxyArgs(options.host), ...options.args };
  const labels = {
    [labelKeys.marker]: '1',
    [labelKeys.kind]: 'image',
    [recipeLabel]: recipe,
    ...options.labels,
  };
  const request = { dockerfile: context.dockerfile, tag, args, labels, target };
  try {
    const call = { signal, onMessage: log.take };
    await retried(tag, () => engine.build({ ...request, context: context.open() }, call), options);
  } catch (error) {
    signal.throwIfAborted();
    const { kind, reason } = classifyPullFailure(error);
    const code = kind === 'disk-full' ? 'disk-full' : 'image-unavailable';
    const step = log.failedStep();
    const shown = step === '' ? reason : `${reason}\n${step}`;
    throw new RunnerError(code, `${tag} could not be built: ${shown}`, {
      cause: error,
      retryable: kind === 'busy' || kind === 'rate-limited' || kind === 'unreachable',
    });
  }
  return inspectMade(engine, tag);
}

/** Build arguments that engines know without a declaration and keep out of the image. */
function proxyArgs(host: Host): Readonly<Record<string, string>> {
  const args: Record<string, string> = {};
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    const value = host.env[name] ?? host.env[name.toLowerCase()];
    if (value !== undefined && value !== '') args[name] = value;
  }
  return args;
}

/** Tries again while the registry is busy, with growing pauses. Rejects with the engine's last error. */
export async function retried(
  name: string,
  work: () => Promise<void>,
  options: ResolveImageOptions,
): Promise<void> {
  for (const pauseMs of options.retryDelaysMs ?? defaultRetryDelaysMs) {
    try {
      await work();
      return;
    } catch (error) {
      options.signal.throwIfAborted();
      const { kind, reason } = classifyPullFailure(error);
      if (kind !== 'busy' && kind !== 'rate-limited') throw error;
      options.onProgress(`${name}: ${reason}. Trying again in ${Math.ceil(pauseMs / 1000)} s.`);
      await delay(pauseMs, undefined, { signal: options.signal }).catch(() => undefined);
      options.signal.throwIfAborted();
    }
  }
  await work();
}

/** An image that was pulled or built just now. */
export async function inspectMade(engine: ImageEngine, name: string): Promise<LocalImage> {
  const image = await engine.inspect(name);
  if (image !== null) return image;
  throw new RunnerError(
    'image-unavailable',
    `The engine reported no failure, but ${name} is not there. Another program may have removed it; try again.`,
    { retryable: true },
  );
}

/** Said of an image for another processor. */
export function foreignNote(name: string, image: LocalImage, host: Host): string | null {
  const ours = host.arch === 'x64' ? 'amd64' : host.arch;
  if (image.architecture === '' || image.architecture === ours) return null;
  return emulatedNote(name, host);
}
