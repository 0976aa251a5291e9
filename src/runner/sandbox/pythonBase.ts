import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import dockerfile from '../../../docker/python/Dockerfile';
import { RunnerError } from '../model';
import { withLock } from './buildOnce';
import { defaultImage } from './builtInImages';
import { debianPythons, debianRootTag, ensureDebianRoot, offlineSuite } from './debianRoot';
import type { ImageEngine, LocalImage } from './dockerImages';
import { findHostPython, interpreterIgnore } from './hostPythons';
import type { ResolveImageOptions } from './imageBuild';
import { build, inspectMade, recipeLabel } from './imageBuild';
import { folderContext, textContext } from './imageContext';
import { offlineImage } from './imageOffline';
import { classifyPullFailure, pullError } from './imageErrors';
import { labelKeys } from './labels';
import type { ResolvedImage } from './sandbox';
import { openToRead } from '../store/files';
import { makeTempFolder } from '../store/tempFolders';

/** What of a spec makes its base image. */
export interface PythonBaseSpec {
  /** `3.9` */
  readonly python: string;
  /** Debian packages. */
  readonly apt: readonly string[];
}

/** The interpreter of the spec, in every base image. */
export const basePython = '/opt/benchyard/python';

/** For people: where a base's Python came from. */
const aboutLabel = 'benchyard.about';

/** One way to have a Python version: what its image is built from. */
interface BaseSource {
  readonly base: string;
  /** For people; null for what everybody expects. */
  readonly about: string | null;
  /** Folder of an interpreter of the host that is added. */
  readonly prefix: string | null;
}

/**
 * The image with a spec's Python version and Debian packages: the one that is there, else built on Docker's official
 * image, else (where no registry answers) on a Debian root: with an interpreter that uv or pyenv installed on this
 * machine, or of the Debian release that has this version.
 *
 * @throws `image-unavailable` with what was tried
 */
export async function pythonBase(
  engine: ImageEngine,
  spec: PythonBaseSpec,
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  const apt = [...new Set(spec.apt)].sort();
  const recipe = createHash('sha256')
    .update(JSON.stringify([dockerfile, options.host.arch, spec.python, apt]))
    .digest('hex')
    .slice(0, 12);
  const tag = `benchyard-python:${spec.python}-${recipe}`;
  const found = async (): Promise<ResolvedImage | null> => {
    const image = await engine.inspect(tag);
    return image === null ? null : resolved(tag, image);
  };
  const lock = path.join(options.host.cacheDir, 'locks', `python-${recipe}`);
  const waiting = `Another process prepares ${tag}; waiting for it.`;
  return (
    (await found()) ??
    (await withLock(lock, { ...options, waiting }, async () => {
      return (await found()) ?? (await makeBase(engine, { ...spec, apt, recipe, tag }, options));
    }))
  );
}

function resolved(name: string, image: LocalImage): ResolvedImage {
  const about = image.labels[aboutLabel] ?? '';
  return { name, digest: image.id, note: about === '' ? null : about };
}

interface Wanted extends PythonBaseSpec {
  readonly recipe: string;
  readonly tag: string;
}

async function makeBase(
  engine: ImageEngine,
  wanted: Wanted,
  options: ResolveImageOptions,
): Promise<ResolvedImage> {
  const { python } = wanted;
  const failures: string[] = [];
  for (const source of waysTo(engine, python, options)) {
    try {
      const way = await source();
      if (way === null) continue;
      return resolved(wanted.tag, await buildBase(engine, wanted, { ...options, ...way }));
    } catch (error) {
      options.signal.throwIfAborted();
      if (!RunnerError.is(error, 'image-unavailable')) throw error;
      failures.push(error.message);
      options.host.log('info', error.message);
      options.onProgress(error.message);
    }
  }
  const offline = Object.keys(debianPythons).join(', ');
  throw new RunnerError(
    'image-unavailable',
    `An environment with Python ${python} cannot be built. ${failures.join(' ')} ` +
      `Without a registry, Debian has ${offline}; others are taken from this machine where uv or pyenv installed them (uv python install ${python}).`,
    { retryable: true },
  );
}

/** The ways to a Python version, the best first; null: this way does not lead there. */
function waysTo(
  engine: ImageEngine,
  python: string,
  options: ResolveImageOptions,
): readonly (() => Promise<BaseSource | null>)[] {
  const suite = debianPythons[python];
  return [
    () => Promise.resolve({ base: `python:${python}-slim`, about: null, prefix: null }),
    async () => {
      const own = await findHostPython(options.host, python);
      if (own === null) return null;
      const base = await debianRoot(engine, offlineSuite, options);
      const about = `Python ${own.version} is this machine's own, on Debian ${offlineSuite}.`;
      return { base, about, prefix: own.prefix };
    },
    async () => {
      if (suite === undefined) return null;
      const base = await debianRoot(engine, suite, options);
      return { base, about: `Python ${python} is Debian's own (${suite}).`, prefix: null };
    },
  ];
}

async function buildBase(
  engine: ImageEngine,
  { python, apt, recipe, tag }: Wanted,
  { base, about, prefix, ...options }: BaseSource & ResolveImageOptions,
): Promise<LocalImage> {
  const args = {
    BASE: base,
    PYTHON: python,
    APT: apt.join(' '),
    ...(prefix === null ? {} : { PREFIX: prefix }),
  };
  const request = { ...options, tag, recipe, target: null, args };
  const labels = { [aboutLabel]: about ?? '' };
  if (prefix === null) return await build(engine, textContext(dockerfile), { ...request, labels });
  const folder = await makeTempFolder(options.host, 'python');
  try {
    const file = path.join(folder, 'Dockerfile');
    await writeFile(file, dockerfile);
    const context = await folderContext(prefix, file, { ...options, ignore: interpreterIgnore });
    return await build(engine, context, { ...request, labels });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The engine's image of a Debian root, imported first when it is not there. */
async function debianRoot(
  engine: ImageEngine,
  suite: string,
  options: ResolveImageOptions,
): Promise<string> {
  // Tasks that name no environment have this one in any case.
  if (suite === offlineSuite) return (await offlineImage(engine, defaultImage, options)).name;
  const tag = debianRootTag(options.host, suite);
  if ((await engine.inspect(tag)) !== null) return tag;
  const tarball = await ensureDebianRoot(options.host, suite, options);
  const labels = { [labelKeys.marker]: '1', [labelKeys.kind]: 'image', [recipeLabel]: tag };
  const changes = [
    ...Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`),
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ];
  options.onProgress(`Importing ${tag} into the engine.`);
  const tar = await openToRead(tarball);
  try {
    await engine.importRoot(tar, { tag, changes }, { ...options, onMessage: () => undefined });
  } catch (error) {
    options.signal.throwIfAborted();
    throw pullError(tag, classifyPullFailure(error), error);
  } finally {
    tar.destroy();
  }
  await inspectMade(engine, tag);
  return tag;
}
