import type Docker from 'dockerode';
import { RunnerError } from '../../model/errors';
import { SandboxChannel } from '../channel';
import { ChannelSandbox } from '../channelSandbox';
import type { SandboxCallOptions, SandboxSpec } from '../sandbox';
import { AttachDemultiplexer } from './attach';
import { baseEnvironment } from './containerConfig';
import { dockerError, statusOf } from './errors';

const disposeMs = 30_000;
/** Containers of this name outlive their process: a person asked for that. */
export const keptPrefix = 'benchyard-kept-';

/** Removes a container at once. One that is gone, or going, is as good as removed. */
export async function removeContainer(container: Docker.Container): Promise<void> {
  const abortSignal = AbortSignal.timeout(disposeMs);
  try {
    await container.remove({ force: true, v: true, abortSignal });
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return;
    if (status !== 409) throw dockerError('Cannot remove a sandbox container', error);
    await removedByOther(container, abortSignal);
  }
}

/** Waits while somebody else removes a container: it must be gone for us as well when we say so. */
async function removedByOther(
  container: Docker.Container,
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    await container.wait({ condition: 'removed', abortSignal });
  } catch (error) {
    if (statusOf(error) !== 404) throw dockerError('Cannot remove a sandbox container', error);
  }
}

export interface StartOptions {
  readonly spec: SandboxSpec;
  /** `docker`, with what makes it talk to the same engine. */
  readonly dockerCommand: readonly string[];
  /** Told at each try; `isRemoved` false: the engine did not do it. */
  readonly onDisposed: (sandbox: DockerSandbox, isRemoved: boolean) => void;
  readonly signal: AbortSignal;
}

/** A container whose first process is the helper. Commands go through its attached stdio, never a Docker exec. */
export class DockerSandbox extends ChannelSandbox {
  readonly id: string;
  readonly workdir: string;
  readonly spec: SandboxSpec;
  readonly container: Docker.Container;
  readonly #shell: readonly string[];
  readonly #onDisposed: StartOptions['onDisposed'];
  #disposal: Promise<void> | null = null;
  #kept = false;

  private constructor(
    container: Docker.Container,
    channel: SandboxChannel,
    { spec, dockerCommand, onDisposed }: StartOptions,
  ) {
    super(channel);
    this.id = container.id;
    this.workdir = spec.workdir;
    this.spec = spec;
    this.container = container;
    this.#onDisposed = onDisposed;
    const shell = ['exec', '-it', '-w', spec.workdir, container.id.slice(0, 12), 'sh'];
    this.#shell = [...dockerCommand, ...shell];
  }

  /** Starts a created container and waits for its helper. */
  static async start(container: Docker.Container, options: StartOptions): Promise<DockerSandbox> {
    const { spec, signal } = options;
    // No signal here: it would cut the connection when the run is cancelled later, while commands are being killed.
    const stream = await container.attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    });
    const stdout = new AttachDemultiplexer();
    stream.on('error', () => stdout.end());
    stream.on('close', () => stdout.end());
    stream.pipe(stdout);
    await container.start({ abortSignal: signal });
    const channel = await SandboxChannel.open(
      { stdin: stream, stdout },
      {
        workdir: spec.workdir,
        env: baseEnvironment(spec),
        kill: () => {
          container.kill().catch(() => undefined); // It may be dead already; disposal removes it either way.
        },
        explainLoss: () => explainLoss(container, stdout),
        signal,
      },
    );
    return new DockerSandbox(container, channel, options);
  }

  get kept(): boolean {
    return this.#kept;
  }

  shellCommand(): readonly string[] {
    return this.#shell;
  }

  async keep(options: SandboxCallOptions): Promise<void> {
    await this.channel.keep(options);
    const name = `${keptPrefix}${this.id.slice(0, 12)}`;
    try {
      await this.container.rename({ name, abortSignal: options.signal });
    } catch (error) {
      throw dockerError('Cannot keep the sandbox', error);
    }
    this.#kept = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= (async () => {
      this.channel.close();
      await removeContainer(this.container);
      this.#onDisposed(this, true);
    })().catch((error: unknown) => {
      // The engine may be gone for the moment: whoever asks again tries again.
      this.#disposal = null;
      this.#onDisposed(this, false);
      throw error;
    });
    return this.#disposal;
  }
}

async function explainLoss(
  container: Docker.Container,
  stdout: AttachDemultiplexer,
): Promise<string | null> {
  const abortSignal = AbortSignal.timeout(5000);
  try {
    const { State } = await container.inspect({ abortSignal });
    if (State.OOMKilled) return 'its container ran out of memory';
    if (State.Running) return 'the connection to its container broke';
    const said = stdout.stderrTail.split('\n').pop() ?? '';
    return `its container ended with ${State.ExitCode}${said === '' ? '' : ` (${said})`}`;
  } catch (error) {
    return statusOf(error) === 404 ? 'its container was removed' : 'the engine does not answer';
  }
}

/** A helper that ends before it is ready tells with this status that the image's Python will not do. */
export const unsuitableStatus = 3;

/** Why a container's helper did not start, after the fact. */
export async function startFailure(
  container: Docker.Container,
  error: unknown,
  image: string,
): Promise<unknown> {
  if (!RunnerError.is(error, 'sandbox-lost')) {
    return dockerError(`Cannot start a sandbox of ${image}`, error);
  }
  try {
    const { State } = await container.inspect();
    if (State.ExitCode !== unsuitableStatus) return error;
  } catch {
    return error;
  }
  return new RunnerError(
    'image-unsuitable',
    `The image ${image} has no usable Python: sandboxes need python3 of 3.6 or later with its standard library (ctypes included).`,
    { cause: error },
  );
}
