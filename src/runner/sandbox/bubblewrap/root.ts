import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../host';
import type { EnvironmentSource } from '../../model';
import { RunnerError } from '../../model/errors';
import { runProgram } from '../../program';
import { diskError, openToRead } from '../../store/files';
import { buildOnce } from '../buildOnce';
import type { BuiltInImage } from '../builtInImages';
import { builtInImageOf, builtInImages, defaultImage } from '../builtInImages';
import { ensureOfflineRoot } from '../offlineRoot';
import type { ProgressOptions, ResolvedImage } from '../sandbox';
import type { Isolation } from './isolation';
import type { Layout } from './records';
import { removeTree } from './records';

interface RootContext {
  readonly host: Host;
  readonly layout: Layout;
  readonly isolation: Isolation;
}

/** Where an image's files lie. Its folder `fs` is the bottom layer of sandboxes. */
export function rootFolder({ roots }: Layout, { digest }: ResolvedImage): string {
  return path.join(roots, digest.replace(/^sha256:/, '').slice(0, 16));
}

/**
 * The environments that there are without an engine: offline roots, built and unpacked first when need be.
 *
 * @throws `unsupported-environment` for any other
 */
export async function resolveRoot(
  source: EnvironmentSource | null,
  context: RootContext,
  options: ProgressOptions,
): Promise<ResolvedImage> {
  const root = await ensureOfflineRoot(context.host, rootOf(source), options);
  const note = `bubblewrap uses ${root.imageName}, ${root.note}.`;
  const image = { name: root.imageName, digest: root.digest, note };
  await buildOnce(
    rootFolder(context.layout, image),
    (folder) => unpack(root.tarball, path.join(folder, 'fs'), { ...options, ...context }),
    {
      ...options,
      waiting: 'Another process unpacks the offline environment; waiting for it.',
      discard: (folder) => removeTree(folder, context.isolation),
    },
  );
  return image;
}

/** Any version of the default environment is the one that Debian has. */
function rootOf(source: EnvironmentSource | null): BuiltInImage {
  const builtIn = builtInImageOf(source);
  if (source === null || builtIn !== null) return builtIn ?? defaultImage;
  if (source.kind === 'image' && source.image.startsWith(`${defaultImage.repository}:`)) {
    return defaultImage;
  }
  const asked = source.kind === 'image' ? `the image ${source.image}` : `a ${source.kind}`;
  const own = builtInImages.map(({ repository }) => repository).join(', ');
  throw new RunnerError(
    'unsupported-environment',
    `The task asks for ${asked}, and bubblewrap has only the built-in environments (${own}). Start Docker and use --sandbox docker.`,
  );
}

/** @throws `image-unavailable` when the image was removed since it was resolved */
export async function assertRoot(layout: Layout, image: ResolvedImage): Promise<void> {
  const found = await stat(path.join(rootFolder(layout, image), 'fs')).catch(() => null);
  if (found !== null) return;
  throw new RunnerError(
    'image-unavailable',
    `${image.name} is not unpacked for bubblewrap (any more). Start the run again.`,
    { retryable: true },
  );
}

async function unpack(
  tarball: string,
  target: string,
  { isolation, signal, onProgress }: RootContext & ProgressOptions,
): Promise<void> {
  onProgress('Unpacking the offline environment.');
  await mkdir(target);
  const owner = isolation.hostId(0);
  if (isolation.mode === 'root' && owner !== null) await chown(target, owner, owner);
  // Whoever owns the files need not be able to reach the cache folder: the shell stands in the target already.
  await chmod(target, 0o755);
  const owners = isolation.mode === 'single' ? '--no-same-owner' : '--numeric-owner';
  const tar = ['tar', '-x', '-p', owners, '--exclude=./dev/*', '-f', '-'];
  const input = await openToRead(tarball);
  try {
    await runProgram('sh', ['-c', 'exec "$@"', 'sh', ...isolation.ownerPrefix, ...tar], {
      cwd: target,
      input,
      cancelSignal: signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && error.message.includes('No space left')) {
      throw diskError(Object.assign(error, { code: 'ENOSPC' }), target);
    }
    throw error;
  } finally {
    input.destroy();
  }
}
