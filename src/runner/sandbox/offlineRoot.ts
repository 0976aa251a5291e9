import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import recipe from '../../../docker/swebench-lite/offline.sh';
import type { Host } from '../host';
import { RunnerError } from '../model';
import { ExecaError, startProgram } from '../program';
import { readJson, writeJson } from '../store/files';
import { buildOnce } from './buildOnce';
import type { BuiltInImage } from './builtInImages';
import { collectPipSettings, pipFolder, redactCredentials } from './pipSettings';
import type { ProgressOptions } from './sandbox';

const versionsSchema = z.object({
  python: z.string(),
  pytest: z.string(),
  numpy: z.string(),
  pandas: z.string(),
  /** scikit-learn, and the tool chains, where they are in it. */
  sklearn: z.string().optional(),
  gcc: z.string().optional(),
  java: z.string().optional(),
});

const infoSchema = z.object({
  /** sha256 of the tarball. */
  digest: z.string(),
  bytes: z.int(),
  versions: versionsSchema,
});

/** The root file system that is built from Debian's packages. Docker imports it, bubblewrap unpacks it. */
export interface OfflineRoot extends z.infer<typeof infoSchema> {
  readonly tarball: string;
  /** `swebench-lite:py3.11`: by the version that its Python says of itself. */
  readonly imageName: string;
  /** What is in it, and what is missing. */
  readonly note: string;
}

const installMmdebstrap =
  'Install mmdebstrap (Debian, Ubuntu: apt-get install mmdebstrap), which builds it from Debian packages.';

/**
 * The root of a built-in environment in this machine's cache, built first when it is not there (about a minute, 250 MB of
 * downloads; twice that with tool chains).
 */
export async function ensureOfflineRoot(
  host: Host,
  image: BuiltInImage,
  options: ProgressOptions,
): Promise<OfflineRoot> {
  const folder = offlineRootFolder(host, image);
  await buildOnce(folder, (temporary) => build(temporary, image, { ...options, host }), {
    ...options,
    waiting: 'Another process builds the offline environment; waiting for it.',
  });
  return describe(folder, image);
}

/** The root when it is there; null when it still has to be built. */
export async function findOfflineRoot(
  host: Host,
  image: BuiltInImage,
): Promise<OfflineRoot | null> {
  try {
    return await describe(offlineRootFolder(host, image), image);
  } catch (error) {
    if (RunnerError.is(error, 'not-found')) return null;
    throw error;
  }
}

/** What the root is made by: a new recipe, or another kind of machine, makes another root. */
export function offlineRecipe(host: Host, { packages }: BuiltInImage): string {
  const parts = [host.arch, ...packages, recipe];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

function offlineRootFolder(host: Host, image: BuiltInImage): string {
  return path.join(host.cacheDir, 'roots', offlineRecipe(host, image));
}

async function describe(folder: string, { repository }: BuiltInImage): Promise<OfflineRoot> {
  const info = await readJson(path.join(folder, 'info.json'), infoSchema);
  const { python, pytest, numpy, pandas, sklearn, gcc, java } = info.versions;
  const short = python.split('.').slice(0, 2).join('.');
  const old = Number.parseFloat(pytest) < 8.4 ? ' (8.4 could not be downloaded)' : '';
  return {
    ...info,
    tarball: path.join(folder, 'root.tar'),
    imageName: `${repository}:py${short}`,
    note: `built offline from Debian packages: ${listed([
      ['Python', python],
      ['pytest', `${pytest}${old}`],
      ['numpy', numpy],
      ['pandas', pandas],
      ['scikit-learn', sklearn],
      ['g++', gcc],
      ['Java', java],
    ])}`,
  };
}

function listed(versions: readonly (readonly [string, string | undefined])[]): string {
  return versions
    .flatMap(([name, version]) => (version === undefined ? [] : [`${name} ${version}`]))
    .join(', ');
}

/** @throws `image-unavailable` on machines that cannot build root file systems */
export function assertCanBuildRoots(host: Host): void {
  if (host.platform === 'linux') return;
  throw new RunnerError(
    'image-unavailable',
    'The offline environment can be built on Linux only. Build it there, or pull an image.',
  );
}

async function build(
  folder: string,
  { packages }: BuiltInImage,
  { host, ...options }: ProgressOptions & { readonly host: Host },
): Promise<void> {
  assertCanBuildRoots(host);
  options.onProgress('Building the offline environment from Debian packages.');
  const script = path.join(folder, 'offline.sh');
  await writeFile(script, recipe);
  const tarball = path.join(folder, 'root.tar');
  const report = path.join(folder, 'versions.json');
  const pip = await layOutPip(folder, host, options.signal);
  const env = { ...pip, ...(packages.length === 0 ? {} : { PACKAGES: packages.join(',') }) };
  await mmdebstrap([script, tarball, report], { host, env, ...options });
  await rm(path.join(folder, path.basename(pipFolder)), { recursive: true, force: true });
  const versions = await readJson(report, versionsSchema);
  const digest = await sha256Of(tarball, options.signal);
  const { size } = await stat(tarball);
  await writeJson(path.join(folder, 'info.json'), { digest, bytes: size, versions });
  options.onProgress(
    `Built the offline environment (Python ${versions.python}, ${Math.round(size / 1e6)} MB).`,
  );
}

/** The user's pip settings for the build's own `pip install`; their files are removed with the build. */
async function layOutPip(
  folder: string,
  host: Host,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const settings = await collectPipSettings(host, { signal });
  if (settings.files.length === 0) return settings.env;
  const target = path.join(folder, path.basename(pipFolder));
  for (const file of settings.files) {
    const copy = path.join(target, file.path);
    await mkdir(path.dirname(copy), { recursive: true });
    await copyFile(file.source, copy);
    await chmod(copy, 0o644);
  }
  return { ...settings.env, PIP_FOLDER: target };
}

/** Variables that would point pip at files of the host, which the new root does not have. */
const notInherited = /^(PIP_|REQUESTS_CA_BUNDLE$|CURL_CA_BUNDLE$|SSL_CERT_|GIT_SSL_|VIRTUAL_ENV$)/;

/** Runs a recipe with mmdebstrap. Its steps become progress; a failure tells the reason in its words. */
export async function mmdebstrap(
  args: readonly string[],
  options: ProgressOptions & {
    readonly host: Host;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { host, signal } = options;
  const inherited = Object.entries(host.env).filter(([name]) => !notInherited.test(name));
  const mirror = host.env['BENCHYARD_DEBIAN_MIRROR'];
  const env = {
    ...Object.fromEntries(inherited),
    ...options.env,
    MODE: host.uid === 0 ? 'root' : 'unshare',
    ...(mirror === undefined ? {} : { MIRROR: mirror }),
  };
  const lines: string[] = [];
  try {
    const { running } = await startProgram('sh', args, {
      env,
      extendEnv: false,
      cancelSignal: signal,
      stdin: 'ignore',
      stdout: 'ignore',
    });
    for await (const line of running.iterable({ from: 'stderr' })) {
      lines.push(redactCredentials(line));
      const step = /^I: (?!running (?:--|special)|using |chroot )(.+?)\.*$/.exec(line);
      if (step?.[1] !== undefined) options.onProgress(`Offline environment: ${step[1]}`);
    }
    await running;
  } catch (error) {
    signal.throwIfAborted();
    throw buildError(error, lines);
  }
}

function buildError(error: unknown, lines: readonly string[]): RunnerError {
  // A shell's words for a program that does not exist.
  if (error instanceof ExecaError && error.exitCode === 127) {
    return new RunnerError(
      'image-unavailable',
      `The offline environment cannot be built: mmdebstrap is missing. ${installMmdebstrap}`,
      { cause: error },
    );
  }
  const reason = lines.filter((line) => /^(E|W): /.test(line)).slice(-5);
  const shown = (reason.length > 0 ? reason : lines.slice(-5)).join('\n');
  return new RunnerError(
    'image-unavailable',
    `The offline environment could not be built from Debian packages:\n${shown}`,
    { cause: error, retryable: true },
  );
}

async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { signal })) {
    if (chunk instanceof Uint8Array) hash.update(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}
