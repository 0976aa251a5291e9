import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { ImageInspectInfo } from 'dockerode';
import { followEngine } from './imageProgress';
import type { EngineMessage } from './imageProgress';

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
  pull(name: string, call: EngineCall & { readonly platform?: string }): Promise<void>;
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
    async pull(name, { platform, ...call }) {
      const options = { abortSignal: call.signal, ...(platform === undefined ? {} : { platform }) };
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
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return null;
    throw error;
  }
}

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
