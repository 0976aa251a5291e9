import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { ImageInspectInfo } from 'dockerode';
import * as z from 'zod';
import { followEngine } from './imageProgress';
import type { EngineMessage } from './imageProgress';
import { labelKeys } from './labels';
import type { RegistryCredentials } from './pull/credentials';
import type { ImageLayer } from './pull/imageLedger';

/** An engine's client. */
export type DockerClient = Docker;

interface EngineCall {
  readonly signal: AbortSignal;
  readonly onMessage: (message: EngineMessage) => void;
}

export interface LocalImage {
  readonly id: string;
  readonly architecture: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface BuildRequest {
  /** A tar archive of the build context. */
  readonly context: Readable;
  /** The Dockerfile's path in the context. */
  readonly dockerfile: string;
  readonly tag: string;
  readonly args: Readonly<Record<string, string>>;
  /** The stage to build; null for the last. */
  readonly target: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

/** What an engine can do with images, in our words. Failures are the engine's own, unclassified. */
export interface ImageEngine {
  inspect(name: string): Promise<LocalImage | null>;
  /** Name of a local image of a repository (`swebench-lite`) that has the label. Images built on it inherit labels. */
  findByLabel(repository: string, label: string, value: string): Promise<string | null>;
  pull(
    name: string,
    call: EngineCall & {
      readonly platform?: string;
      readonly credentials?: RegistryCredentials;
    },
  ): Promise<void>;
  /** `amd64`, `arm64`: what the engine runs, and asks registries for. */
  architecture(): Promise<string>;
  /** What an image is made of, with what each part takes on the disk. Images that are built on each other share parts. */
  layers(id: string): Promise<readonly ImageLayer[]>;
  /** Removes a name, and the snapshots that keep its image's content. False when anything else needs the image. */
  remove(name: string): Promise<boolean>;
  build(request: BuildRequest, call: EngineCall): Promise<void>;
  /** Makes an image of a root file system. `changes` are Dockerfile instructions. */
  importRoot(
    root: Readable,
    image: { readonly tag: string; readonly changes: readonly string[] },
    call: EngineCall,
  ): Promise<void>;
}

export function imageEngine(docker: DockerClient): ImageEngine {
  return {
    inspect: (name) => inspect(docker, name),
    async findByLabel(repository, label, value) {
      const filters = { label: [`${label}=${value}`], reference: [repository] };
      const images = await docker.listImages({ filters });
      const names = images.flatMap((image) => image.RepoTags ?? []);
      return names.find((name) => name !== '<none>:<none>') ?? null;
    },
    architecture: async () => (await docker.version()).Arch,
    layers: (id) => layersOf(docker, id),
    remove: (name) => removeImage(docker, name),
    async pull(name, { platform, credentials, ...call }) {
      const options = {
        abortSignal: call.signal,
        ...(platform === undefined ? {} : { platform }),
        ...(credentials === undefined ? {} : { authconfig: credentials }),
      };
      await followEngine(readable(await docker.pull(name, options)), call);
    },
    async build({ context, ...request }, call) {
      const stream = await docker.buildImage(context, {
        t: request.tag,
        dockerfile: request.dockerfile,
        buildargs: request.args,
        labels: request.labels,
        ...(request.target === null ? {} : { target: request.target }),
        forcerm: true,
        abortSignal: call.signal,
      });
      await followEngine(readable(stream), call);
    },
    async importRoot(root, { tag, changes }, call) {
      const colon = tag.lastIndexOf(':');
      const stream = await docker.importImage(root, {
        repo: tag.slice(0, colon),
        tag: tag.slice(colon + 1),
        changes,
        abortSignal: call.signal,
      });
      await followEngine(readable(stream), call);
    },
  };
}

async function inspect(docker: DockerClient, name: string): Promise<LocalImage | null> {
  try {
    const image: ImageInspectInfo = await docker.getImage(name).inspect();
    return { id: image.Id, architecture: image.Architecture, labels: labelsOf(image) };
  } catch (error) {
    if (hasStatus(error, 404)) return null;
    throw error;
  }
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === status;
}

/** What an engine calls a step that changes settings alone, in both of its builders' words. */
const settingsStep =
  /^(\/bin\/sh -c #\(nop\) +)?(ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME) /;
const historySchema = z.array(z.object({ CreatedBy: z.string().nullish(), Size: z.number() }));

/**
 * An engine tells the layers of an image without sizes, and the steps that made them with sizes. Where the two lists do
 * not fit together the image counts as one part that it shares with no other.
 */
async function layersOf(docker: DockerClient, id: string): Promise<readonly ImageLayer[]> {
  const image: ImageInspectInfo = await docker.getImage(id).inspect();
  const history = historySchema.parse(await docker.getImage(id).history()).reverse();
  const steps = history.filter(
    ({ CreatedBy, Size }) => Size > 0 || !settingsStep.test(`${CreatedBy ?? ''} `),
  );
  const sized = steps.length === image.RootFS.Layers?.length ? steps : null;
  if (sized === null) return [{ id: image.Id, bytes: image.Size }];
  return image.RootFS.Layers?.map((layer, n) => ({ id: layer, bytes: sized[n]?.Size ?? 0 })) ?? [];
}

async function removeImage(docker: DockerClient, name: string): Promise<boolean> {
  const image = await inspect(docker, name);
  if (image === null) return true;
  const all = await docker.listImages({ all: true });
  const above = all.filter(
    ({ ParentId, Labels }) =>
      ParentId === image.id || (Labels as Labels | null)?.[labelKeys.snapshotImage] === image.id,
  );
  const foreign = above.some(
    ({ Labels }) => (Labels as Labels | null)?.[labelKeys.kind] !== 'snapshot',
  );
  if (foreign) return false;
  try {
    for (const { Id } of above) await docker.getImage(Id).remove();
    await docker.getImage(name).remove();
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return (await inspect(docker, name)) === null;
    if (hasStatus(error, 409)) return false;
    throw error;
  }
}

// Images without labels have null there, which the types do not know.
type Labels = Readonly<Record<string, string>>;

function labelsOf(image: ImageInspectInfo): Readonly<Record<string, string>> {
  // An image that was imported without changes has no labels, which the types do not know.
  const config: { readonly Labels?: Record<string, string> | null } = image.Config;
  return config.Labels ?? {};
}

/** docker-modem hands out an HTTP response, whose declared type has too little. */
function readable(stream: NodeJS.ReadableStream): Readable {
  if ('destroy' in stream) return stream as Readable; // an IncomingMessage, see docker-modem's buildRequest
  throw new TypeError('the engine client did not give a stream');
}
